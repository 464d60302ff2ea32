//! A page: a heading, what is said, and buttons. It works without a script.

use askama::Template;

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    /// Somebody's words, and who that is.
    pub(super) said: Option<(String, String)>,
    pub(super) note: Option<NoteForm>,
    pub(super) buttons: Vec<Button>,
    pub(super) foot: Option<String>,
}

/// Where a note is written.
#[derive(Debug)]
pub(super) struct NoteForm {
    pub(super) action: String,
    pub(super) companies: Vec<String>,
    pub(super) chars: usize,
}

/// A button: what it posts to, and whether it takes back.
#[derive(Debug, Default)]
pub(super) struct Button {
    pub(super) label: &'static str,
    pub(super) action: String,
    pub(super) undo: bool,
    pub(super) quiet: bool,
}

#[derive(Template)]
#[template(path = "sheet.html")]
struct Laid<'a> {
    sheet: &'a Sheet,
}

impl Sheet {
    /// A sentence, and nothing to press.
    pub(super) fn saying(title: &str, line: &str) -> Self {
        Self { title: title.to_owned(), lines: vec![line.to_owned()], ..Self::default() }
    }

    pub(super) fn html(&self) -> Result<String, askama::Error> {
        Laid { sheet: self }.render()
    }
}
