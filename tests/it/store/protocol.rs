//! What both ends of the socket must agree on: the shape of calls and answers, held against how it was when
//! their number was given.
//!
//! Where this fails, the shape has changed: raise `PROTOCOL` in src/store/remote/frame.rs, so that a service that
//! runs still is told apart, delete the snapshot of the number before, and accept the new one
//! (`INSTA_UPDATE=always cargo nextest run protocol`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Where a definition begins, with what of serde's stands before it.
const TYPE: &str = r"(?m)^((?:#\[[^\n]*\]\n)*)pub(?:\([^)]*\))? (?:struct|enum) (\w+)";

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// The text from `start` to the end of the braces or the `;` that comes first.
fn whole(text: &str, start: usize) -> &str {
    let mut depth = 0;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            ';' if depth == 0 => return &text[start..=start + at],
            _ => {}
        }
        if depth == 0 && c == '}' {
            return &text[start..=start + at];
        }
    }
    &text[start..]
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every type that goes over a wire or a disk, by name.
fn types() -> BTreeMap<String, BTreeSet<String>> {
    let begin = Regex::new(TYPE).unwrap();
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = without_comments(&fs::read_to_string(file).unwrap());
        for found in begin.captures_iter(&text) {
            let attributes = &found[1];
            if !attributes.contains("Serialize") && !attributes.contains("serde") {
                continue;
            }
            let serde = attributes.lines().filter(|line| line.starts_with("#[serde"));
            let serde = serde.collect::<Vec<_>>().join(" ") + " ";
            let body = whole(&text, found.get(0).unwrap().start() + attributes.len());
            types.entry(found[2].to_owned()).or_default().insert(on_one_line(&(serde + body)));
        }
    }
    types
}

fn named_in(text: &str) -> Vec<String> {
    let name = Regex::new(r"\b[A-Z]\w*").unwrap();
    name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
}

#[test]
fn the_protocol_has_another_number_where_a_call_or_an_answer_has_another_shape() {
    let read = |file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store").join(file);
        without_comments(&fs::read_to_string(path).unwrap())
    };
    let frame = read("remote/frame.rs");
    let number = Regex::new(r"const PROTOCOL: u32 = (\d+);").unwrap();
    let number = number.captures(&frame).unwrap()[1].to_owned();

    let store = read("mod.rs");
    let methods = whole(&store, store.find("pub trait Store").unwrap());
    let methods: Vec<String> = methods.split(';').map(on_one_line).collect();
    let mut shape = methods.join("\n") + "\n";
    let types = types();
    let (mut told, mut waiting) = (BTreeSet::new(), named_in(&shape));
    waiting.extend(["Call", "Refusal", "Hello"].map(str::to_owned));
    while let Some(name) = waiting.pop() {
        if !told.insert(name.clone()) {
            continue;
        }
        for body in types.get(&name).into_iter().flatten() {
            waiting.extend(named_in(body));
        }
    }
    for body in told.iter().filter_map(|name| types.get(name)).flatten() {
        writeln!(shape, "{body}").unwrap();
    }
    assert!(shape.contains("enum Call<'c>") && shape.contains("struct Said"), "{shape}");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(format!("protocol_{number}"), shape);
    });
}
