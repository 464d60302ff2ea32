//! Writes libtorch's folder into the binary (rpath), so that it runs without `LD_LIBRARY_PATH`.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let Ok(libtorch) = env::var("LIBTORCH") else {
        return;
    };
    // The link models/cache → ~/.cache/overheard is resolved: the binary may outlive the checkout.
    match Path::new(&libtorch).join("lib").canonicalize() {
        Ok(folder) => println!("cargo::rustc-link-arg=-Wl,-rpath,{}", folder.display()),
        Err(error) => println!(
            "cargo::warning=libtorch is not at {libtorch} ({error}); run `make setup` first"
        ),
    }
}
