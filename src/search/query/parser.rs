//! Reads a query from left to right. It never gives up: every fault is noted, and reading goes on.

use std::ops::Range;

use super::value::{self, Values};
use super::{Fault, Part, Wanted};
use crate::search::tokens;

/// Parentheses within parentheses, and what is not wanted within them: nobody reads more.
const DEEPEST: usize = 16;

/// Words and fields of a query: each costs a look into the index.
const MOST_TERMS: usize = 128;

/// A shorter beginning is that of half of all words.
const SHORTEST_BEGINNING: usize = 2;

/// The parts of a query, and what is wrong with it.
pub(super) fn read(text: &str, values: &Values<'_>) -> (Vec<Part>, Vec<Fault>) {
    let mut parser =
        Parser { text, at: 0, depth: 0, terms: 0, has_given_up: false, values, faults: Vec::new() };
    let parts = parser.whole();
    (parts, parser.faults)
}

struct Parser<'q> {
    text: &'q str,
    at: usize,
    depth: usize,
    terms: usize,
    /// Too deep to follow: what is not closed after that is no news.
    has_given_up: bool,
    values: &'q Values<'q>,
    faults: Vec<Fault>,
}

/// A field that may stand once among parts that are all wanted, and where it stood.
type Seen = Vec<(&'static str, Range<usize>)>;

impl Parser<'_> {
    fn whole(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        loop {
            let begin = self.at;
            let mut alternatives = self.alternatives();
            match alternatives.len() {
                0 => {}
                1 => parts.extend(alternatives.pop().unwrap_or_default()),
                _ => {
                    let begin = begin + space(&self.text[begin..]);
                    let end = begin + self.text[begin..self.at].trim_end().len();
                    let wanted = Wanted::Any(alternatives.into_iter().map(all).collect());
                    parts.push(Part { wanted, at: begin..end });
                }
            }
            // A parenthesis that closes nothing.
            if self.at >= self.text.len() {
                return parts;
            }
            self.fault("nothing was opened here", self.at..self.at + 1);
            self.at += 1;
        }
    }

    /// What stands between ORs, up to the end or a closing parenthesis.
    fn alternatives(&mut self) -> Vec<Vec<Part>> {
        let mut alternatives = Vec::new();
        let mut last_or: Option<Range<usize>> = None;
        loop {
            let faults = self.faults.len();
            let parts = self.together();
            let or = self.or();
            if parts.is_empty() && self.faults.len() == faults {
                if let Some(at) = last_or.take().or_else(|| or.clone()) {
                    self.fault("OR needs something to find on both sides", at);
                }
            }
            if !parts.is_empty() {
                alternatives.push(parts);
            }
            match or {
                Some(at) => last_or = Some(at),
                None => return alternatives,
            }
        }
    }

    /// What is wanted together, up to an OR, the end, or a closing parenthesis.
    fn together(&mut self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut seen: Seen = Vec::new();
        loop {
            self.at += space(&self.text[self.at..]);
            let rest = &self.text[self.at..];
            if rest.is_empty() || rest.starts_with(')') || or_at(rest).is_some() {
                return parts;
            }
            let begin = self.at;
            if let Some(wanted) = self.one(&mut seen) {
                parts.push(Part { wanted, at: begin..self.at });
            }
        }
    }

    fn one(&mut self, seen: &mut Seen) -> Option<Wanted> {
        let begin = self.at;
        let rest = &self.text[begin..];
        let first = rest.chars().next()?;
        let not = matches!(first, '-' | '\u{2212}').then_some(first.len_utf8());
        let not = not.or_else(|| keyword(rest, "NOT"));
        if let Some(length) = not {
            let after = &self.text[begin + length..];
            let skipped = if matches!(first, '-' | '\u{2212}') { 0 } else { space(after) };
            self.at = begin + length + skipped;
            // A dash between words is only that.
            if self.text[self.at..].chars().next().is_none_or(|c| c.is_whitespace() || c == ')') {
                return None;
            }
            return self.negated(begin);
        }
        if let Some(length) = keyword(rest, "AND") {
            self.at = begin + length;
            return None;
        }
        if first == '(' {
            return self.group();
        }
        if is_quote(first) {
            let (words, at) = self.quoted()?;
            return self.words(words, at, None);
        }
        if let Some(length) = field_length(rest) {
            return self.field(length, seen);
        }
        self.word()
    }

    fn negated(&mut self, begin: usize) -> Option<Wanted> {
        self.deeper(begin)?;
        let inner = self.one(&mut Vec::new());
        self.depth -= 1;
        inner.map(|inner| Wanted::Not(Box::new(inner)))
    }

    /// One step deeper; none where it is too deep, and nothing after it is read.
    fn deeper(&mut self, begin: usize) -> Option<()> {
        if self.depth == DEEPEST {
            self.fault("from here on it is nested too deep to follow", begin..begin + 1);
            self.has_given_up = true;
            self.at = self.text.len();
            return None;
        }
        self.depth += 1;
        Some(())
    }

    fn group(&mut self) -> Option<Wanted> {
        let begin = self.at;
        self.at += 1;
        self.deeper(begin)?;
        let faults = self.faults.len();
        let mut alternatives = self.alternatives();
        self.depth -= 1;
        if self.text[self.at..].starts_with(')') {
            self.at += 1;
        } else {
            self.fault(
                "this parenthesis is never closed: write `)` where it ends",
                begin..begin + 1,
            );
        }
        match alternatives.len() {
            0 => {
                if self.faults.len() == faults {
                    self.fault("there is nothing to find between these", begin..self.at);
                }
                None
            }
            1 => alternatives.pop().map(all),
            _ => Some(Wanted::Any(alternatives.into_iter().map(all).collect())),
        }
    }

    /// What stands between quotes, of whatever kind a phone has put there.
    fn quoted(&mut self) -> Option<(String, Range<usize>)> {
        let begin = self.at;
        let mut chars = self.text[begin..].char_indices();
        let open = chars.next().map_or(1, |(_, c)| c.len_utf8());
        let Some((length, close)) = chars.find(|(_, c)| is_quote(*c)) else {
            self.fault("this quote is never closed: write `\"` where it ends", begin..begin + open);
            self.at = self.text.len();
            return None;
        };
        let words = self.text[begin + open..begin + length].to_owned();
        self.at = begin + length + close.len_utf8();
        Some((words, begin..self.at))
    }

    fn word(&mut self) -> Option<Wanted> {
        let begin = self.at;
        let length = bare_length(&self.text[begin..], |_| false);
        self.at = begin + length;
        let word = &self.text[begin..self.at];
        if let Some(beginning) = word.strip_suffix('*') {
            return self.words(beginning.to_owned(), begin..self.at, Some('*'));
        }
        // Marks between words are none.
        if tokens::folded(word).is_empty() && !word.chars().any(char::is_alphanumeric) {
            return None;
        }
        self.words(word.to_owned(), begin..self.at, None)
    }

    fn words(&mut self, words: String, at: Range<usize>, star: Option<char>) -> Option<Wanted> {
        let found = tokens::folded(&words);
        let Some(last) = found.last() else {
            let what = if words.chars().any(char::is_alphanumeric) {
                "this is too long to be a word"
            } else {
                "there is no word in this: write letters or digits"
            };
            self.fault(what, at);
            return None;
        };
        self.term(&at)?;
        if star.is_none() {
            return Some(Wanted::Words(words));
        }
        if last.word.chars().count() < SHORTEST_BEGINNING {
            let what = format!("write at least {SHORTEST_BEGINNING} letters before `*`");
            self.fault(&what, at);
            return None;
        }
        Some(Wanted::Begins(words))
    }

    fn field(&mut self, length: usize, seen: &mut Seen) -> Option<Wanted> {
        let begin = self.at;
        let name = &self.text[begin..begin + length];
        self.at = begin + length + 1;
        let values = self.field_values();
        let field = match value::field(name) {
            Ok(field) => field,
            Err(what) => {
                self.fault(&what, begin..begin + length + 1);
                return None;
            }
        };
        if values.is_empty() {
            if self.faults.last().is_none_or(|fault| fault.at.start < begin) {
                let (_, what) = value::FIELDS.iter().find(|(name, _)| *name == field)?;
                self.fault(
                    &format!("`{field}:` needs something behind it: {what}"),
                    begin..self.at,
                );
            }
            return None;
        }
        for (_, at) in &values {
            self.term(at)?;
        }
        let at = begin..self.at;
        if value::has_one(field) {
            if let Some((_, before)) = seen.iter().find(|(seen, _)| *seen == field) {
                let both = |at: &Range<usize>| {
                    self.text[at.clone()].split_once(':').map_or("", |(_, v)| v)
                };
                let what = format!(
                    "a post has one {field}: for either of two write {field}:{},{}",
                    both(before),
                    both(&at)
                );
                self.fault(&what, at);
                return None;
            }
            seen.push((field, at));
        }
        match self.values.wanted(field, &values) {
            Ok(wanted) => Some(wanted),
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    /// The values behind a field, with commas between them.
    fn field_values(&mut self) -> Vec<(String, Range<usize>)> {
        let mut values = Vec::new();
        loop {
            let begin = self.at;
            let rest = &self.text[begin..];
            if rest.chars().next().is_some_and(is_quote) {
                values.extend(self.quoted());
            } else {
                let length = bare_length(rest, |c| c == ',');
                self.at = begin + length;
                if length > 0 {
                    values.push((rest[..length].to_owned(), begin..self.at));
                }
            }
            let rest = &self.text[self.at..];
            let goes_on = rest.strip_prefix(',').and_then(|after| after.chars().next());
            match goes_on {
                Some(c) if !c.is_whitespace() && c != ')' => self.at += 1,
                _ => {
                    self.at += usize::from(rest.starts_with(','));
                    return values;
                }
            }
        }
    }

    /// One more word or field; none where there are too many.
    fn term(&mut self, at: &Range<usize>) -> Option<()> {
        self.terms += 1;
        if self.terms == MOST_TERMS + 1 {
            let what = format!("more than {MOST_TERMS} words: leave some out from here on");
            self.fault(&what, at.clone());
        }
        (self.terms <= MOST_TERMS).then_some(())
    }

    /// Past an OR.
    fn or(&mut self) -> Option<Range<usize>> {
        let length = or_at(&self.text[self.at..])?;
        let at = self.at..self.at + length;
        self.at = at.end;
        Some(at)
    }

    fn fault(&mut self, what: &str, at: Range<usize>) {
        if !self.has_given_up {
            self.faults.push(Fault { what: what.to_owned(), at });
        }
    }
}

fn all(mut parts: Vec<Part>) -> Wanted {
    match (parts.len(), parts.pop()) {
        (1, Some(part)) => part.wanted,
        (_, last) => {
            parts.extend(last);
            Wanted::All(parts.into_iter().map(|part| part.wanted).collect())
        }
    }
}

fn space(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn or_at(rest: &str) -> Option<usize> {
    if rest.starts_with('|') { Some(1) } else { keyword(rest, "OR") }
}

/// The length of a keyword that stands here by itself.
fn keyword(rest: &str, word: &str) -> Option<usize> {
    let after = rest.strip_prefix(word)?.chars().next();
    let ends = after.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')') || is_quote(c));
    ends.then_some(word.len())
}

/// The length of a field's name, where one stands here: not that of a link, nor of a time.
fn field_length(rest: &str) -> Option<usize> {
    let length = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?;
    let after = rest[length..].strip_prefix(':')?;
    (length > 0 && !after.starts_with("//")).then_some(length)
}

/// How far a word goes.
fn bare_length(rest: &str, ends: impl Fn(char) -> bool) -> usize {
    let is_end =
        |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '|') || is_quote(c) || ends(c);
    rest.find(is_end).unwrap_or(rest.len())
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}')
}
