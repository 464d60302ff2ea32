//! The rules of the repository, as tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// The modules of `src`, each with its layer: a module may use those of its own layer or below.
const LAYERS: &[&[&str]] = &[
    &[
        "account",
        "channel",
        "clock",
        "delivery",
        "feedback",
        "host",
        "label",
        "month",
        "retention",
        "post",
        "reader",
        "side_by_side",
        "source",
        "text",
        "topic",
        "verdict",
        "visit",
    ],
    &["adapters", "calendar", "classify", "digest", "story"],
    &["config", "crawl", "search", "store", "views"],
    &["deliver", "pipeline", "selfcheck", "web"],
    &["eval"],
    &["app"],
    &["cli"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The top module a file of `src` belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of ours a file names in code, tests in it aside.
fn modules_used(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = lines.collect::<Vec<_>>().join("\n");
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut modules = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.trim_start().strip_prefix('{') {
            // A group: what stands at its own depth, not in the groups inside.
            Some(group) => {
                let mut depth = 0;
                let mut item = String::new();
                for c in group.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => modules.push(name(&std::mem::take(&mut item))),
                        _ if depth == 0 => item.push(c),
                        _ => {}
                    }
                }
                modules.push(name(&item));
            }
            None => modules.push(name(rest)),
        }
    }
    modules.retain(|module| !module.is_empty());
    modules
}

#[test]
fn no_module_uses_one_of_a_higher_layer() {
    let mut upward = Vec::new();
    for file in rust_files(&root().join("src")) {
        let module = module_of(&file);
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("{module} stands in no layer: add it"));
        for used in modules_used(&fs::read_to_string(&file).unwrap()) {
            let below = layer(&used).unwrap_or_else(|| panic!("{used} stands in no layer: add it"));
            if below > own {
                upward.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(upward.is_empty(), "upward uses:\n{}", upward.join("\n"));
}

#[test]
fn the_check_for_upward_uses_sees_them() {
    assert_eq!(modules_used("use crate::cli::main;\n// crate::app\n"), ["cli"]);
    assert_eq!(modules_used("let x = crate::store::keys::of(y);"), ["store"]);
    assert_eq!(modules_used("use crate::{cli, app::{a, b},\n store};"), ["cli", "app", "store"]);
    assert!(layer("cli") > layer("pipeline") && layer("pipeline") > layer("digest"));
}

/// Crates only one place may know, and that place.
const KNOWN_IN_ONE_PLACE: &[(&str, &[&str])] = &[
    ("sled", &["src/store/"]),
    ("tantivy", &["src/search/"]),
    ("reqwest", &["src/crawl/http", "src/crawl/addresses.rs"]),
    ("lettre", &["src/deliver/"]),
    ("mail_parser", &["src/pipeline/reply.rs"]),
    ("axum", &["src/web/"]),
    ("rust_bert", &["src/classify/"]),
    ("tch", &["src/classify/"]),
    ("rten_gemm", &["src/classify/light/"]),
    ("rten_simd", &["src/classify/light/"]),
    ("feed_rs", &["src/adapters/feed"]),
    ("calcard", &["src/calendar"]),
    ("anyhow", &["src/main.rs", "src/app.rs", "src/app/", "src/cli/"]),
];

#[test]
fn a_crate_that_one_place_hides_is_named_nowhere_else() {
    let mut leaks = Vec::new();
    for file in rust_files(&root().join("src")) {
        let inside = file.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: String = code.collect::<Vec<_>>().join("\n");
        for (name, places) in KNOWN_IN_ONE_PLACE {
            let names_it = code.contains(&format!(" {name}::"))
                || code.contains(&format!("({name}::"))
                || code.contains(&format!("<{name}::"))
                || code.contains(&format!("&{name}::"));
            if names_it && !places.iter().any(|place| inside.starts_with(place)) {
                leaks.push(format!("{inside} knows {name}"));
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// What the pure layers may not name (invariant 1): no I/O, no time.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::{fs",
    "std::net",
    "std::process",
    "tokio::",
    "Timestamp::now",
    "SystemTime",
    "Instant::now",
];

#[test]
fn adapters_story_and_digest_do_no_io_and_ask_no_time() {
    let mut faults = Vec::new();
    for module in ["adapters", "classify", "story", "digest", "views", "text"] {
        for file in rust_files(&root().join("src").join(module)) {
            // The model's files are read when it is opened, and it has a thread of its own.
            let of_the_model = [
                "checksum.rs",
                "light/kept.rs",
                "light/tests.rs",
                "rust_bert/network.rs",
                "rust_bert/checkpoint/mod.rs",
                "rust_bert/checkpoint/weights.rs",
            ];
            if of_the_model.iter().any(|name| file.ends_with(name)) {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for name in IMPURE.iter().filter(|name| code.contains(**name)) {
                faults.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The lines of how a good guest fetches; each is a rule of ours, and a test begins with its code.
const BEHAVIOUR: &[(&str, u32)] = &[("c", 9), ("t", 7), ("r", 6), ("s", 4), ("p", 3)];

#[test]
fn every_line_of_our_behaviour_has_a_test_named_after_it() {
    let mut tests = String::new();
    for folder in ["src", "tests"] {
        for file in rust_files(&root().join(folder)) {
            tests += &fs::read_to_string(file).unwrap();
        }
    }
    let lines = BEHAVIOUR
        .iter()
        .flat_map(|(letter, last)| (1..=*last).map(move |n| format!("{letter}{n}_")));
    let without: Vec<String> = lines
        .filter(|code| {
            !tests.contains(&format!("fn {code}")) && !tests.contains(&format!("_and_{code}"))
        })
        .collect();
    assert!(without.is_empty(), "no test: {without:?}");
}

#[test]
fn every_source_file_can_be_read_in_one_sitting() {
    const MOST_LINES: usize = 600;
    let long: BTreeMap<_, _> = rust_files(&root().join("src"))
        .into_iter()
        .map(|file| (fs::read_to_string(&file).unwrap().lines().count(), file))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .collect();
    assert!(long.is_empty(), "longer than {MOST_LINES} lines: {long:?}");
}

#[test]
fn setup_says_what_is_missing_and_fails() {
    let cache = tempfile::tempdir().unwrap();
    let missing = |asked: &[&str]| {
        let ran = Command::new("python3")
            .arg(root().join("models/setup.py"))
            .arg("--check")
            .args(asked)
            .env("OVERHEARD_CACHE", cache.path())
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(1));
        String::from_utf8_lossy(&ran.stderr).into_owned()
    };
    let words = missing(&[]);
    assert!(words.contains("libtorch-2.4.0") && words.contains("model.safetensors"), "{words}");
    let words = missing(&["--light"]);
    assert!(!words.contains("libtorch") && words.contains("model.safetensors"), "{words}");
}
