//! Writing clean text: blanks are decided when the next character comes.

use super::lines::invisible;

/// How far what comes next stands from what is written.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

#[derive(Default)]
pub(super) struct Text {
    written: String,
    gap: Gap,
}

impl Text {
    pub(super) fn at_least(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    pub(super) fn flowing(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_whitespace() {
                self.at_least(Gap::Space);
            } else if !invisible(c) {
                self.write(c);
            }
        }
    }

    pub(super) fn preformatted(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '\n' if self.gap == Gap::None => self.gap = Gap::Line,
                '\n' => {}
                // Leading space is the layout of code; a tab is worth as much.
                c if c.is_whitespace() && self.gap != Gap::Paragraph => {
                    if self.gap == Gap::Line && !self.written.is_empty() {
                        self.written.push('\n');
                    }
                    self.gap = Gap::None;
                    self.written.push(' ');
                }
                c if c.is_whitespace() || invisible(c) => {}
                c => self.write(c),
            }
        }
    }

    fn write(&mut self, c: char) {
        if !self.written.is_empty() {
            self.written.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.gap = Gap::None;
        self.written.push(c);
    }

    pub(super) fn finish(mut self) -> String {
        self.written.truncate(self.written.trim_end().len());
        self.written
    }
}
