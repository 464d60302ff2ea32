//! The two sets: pages, and what is known of each.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::ExtractionEvalError;
use super::unpacked::Unpacked;

/// One page.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) file: PathBuf,
    /// Where it came from, or what stands for it.
    pub(super) url: String,
    pub(super) expected: Expected,
}

/// What is known of a page.
pub(super) enum Expected {
    /// Passages its text holds and such it does not, and what the page says of itself.
    Passages(Passages),
    /// Its text.
    Whole(String),
}

/// What is known of one page of trafilatura's set.
#[derive(Deserialize)]
pub(super) struct Passages {
    id: String,
    pub(super) with: Vec<String>,
    pub(super) without: Vec<String>,
    pub(super) title: Option<OneOrMore>,
    pub(super) author: Option<OneOrMore>,
    pub(super) date: Option<OneOrMore>,
}

/// Most pages have one author, some a list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn joined(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::More(texts) => texts.join(", "),
        }
    }
}

/// trafilatura's pages, in the order of their addresses. They are there as long as what is unpacked.
pub(super) fn trafilatura(set: &Path) -> Result<(Unpacked, Vec<Case>), ExtractionEvalError> {
    let file = set.join("evaldata.json");
    let text = std::fs::read_to_string(&file).map_err(|_| ExtractionEvalError::Missing(file))?;
    let mut expected: Vec<(String, Passages)> =
        serde_json::from_str::<HashMap<String, Passages>>(&text)?.into_iter().collect();
    expected.sort_by(|(a, _), (b, _)| a.cmp(b));
    let pages = Unpacked::of(&set.join("html.tar.xz"))?;
    let case = |(url, passages): (String, Passages)| Case {
        id: passages.id.clone(),
        file: pages.folder.join("html").join(format!("{}.html", passages.id)),
        url,
        expected: Expected::Passages(passages),
    };
    let cases = expected.into_iter().map(case).collect();
    Ok((pages, cases))
}

/// newspaper4k's pages with a text, in the order of their names.
pub(super) fn newspaper4k(set: &Path) -> Result<(Unpacked, Vec<Case>), ExtractionEvalError> {
    let unpacked = Unpacked::of(&set.join("tests.tar.xz"))?;
    let folder = unpacked.folder.join("tests").join("data");
    let mut texts: Vec<PathBuf> = std::fs::read_dir(folder.join("txt"))?
        .map(|file| Ok(file?.path()))
        .collect::<io::Result<_>>()?;
    texts.sort();
    let mut cases = Vec::new();
    for text in texts {
        let id = text.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = folder.join("html").join(format!("{id}.html"));
        if file.exists() {
            let url = format!("https://example.com/{id}");
            let expected = Expected::Whole(std::fs::read_to_string(text)?);
            cases.push(Case { id, file, url, expected });
        }
    }
    Ok((unpacked, cases))
}
