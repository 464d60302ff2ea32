//! Writes libtorch's folder into the binary (rpath), so that it runs without `LD_LIBRARY_PATH`.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    // The light encoder needs no libtorch, and a machine that builds it alone has none.
    if env::var_os("CARGO_FEATURE_RUST_BERT").is_none() {
        return;
    }
    let Some(libtorch) = env::var_os("LIBTORCH") else {
        return;
    };
    // The link models/cache → ~/.cache/overheard is resolved: the binary may outlive the checkout.
    match Path::new(&libtorch).join("lib").canonicalize() {
        Ok(folder) => println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display()),
        Err(error) => println!(
            "cargo::warning=libtorch is not at {} ({error}); run `make setup` first",
            Path::new(&libtorch).display()
        ),
    }
}
