//! The `Expect:` lines of feedparser's suite: Python expressions, read as far as they speak of
//! fields that our report has.
//!
//! `bozo` (whether the XML was well-formed) is neither true nor false here and drops out of `and` and
//! `or`. An expression that speaks of anything else that we do not keep has no value.

use url::Url;

use super::matching;
use crate::adapters::report::{PostReport, Report};

/// Why an expression has no value: it speaks of a field that the report does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotKept(pub(super) String);

/// Whether `report`, read from `base`, is as `expression` says; `None` if it says nothing of it.
pub(super) fn holds(
    expression: &str,
    report: &Report,
    base: &Url,
) -> Result<Option<bool>, NotKept> {
    let tokens = tokens(expression);
    let mut parser = Parser { tokens: &tokens, at: 0, report, base };
    let truth = parser.any()?;
    if parser.at < tokens.len() {
        return Err(NotKept(format!("syntax: {:?}", tokens[parser.at])));
    }
    Ok(truth)
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(String),
    Number(i64),
    Sign(&'static str),
}

const SIGNS: [&str; 13] = ["==", "!=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "<", ">"];

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = rest.strip_prefix('u').unwrap_or(rest);
        if quoted.starts_with(['\'', '"']) {
            let (text, length) = python_text(quoted);
            tokens.push(Token::Text(text));
            rest = &quoted[length..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..end].parse().unwrap_or_default()));
            rest = &rest[end..];
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            rest = &rest[first.len_utf8()..];
        }
        rest = rest.trim_start();
    }
    tokens
}

/// The text of a Python literal at the start of `quoted`, and how many bytes it takes.
fn python_text(quoted: &str) -> (String, usize) {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    let quote = characters.next().map_or('\'', |(_, c)| c);
    while let Some((at, c)) = characters.next() {
        if c == quote {
            return (text, at + 1);
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((_, escaped)) = characters.next() else {
            break;
        };
        let digits = match escaped {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits == 0 {
            text.push(match escaped {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            });
            continue;
        }
        let code: String = characters.by_ref().take(digits).map(|(_, c)| c).collect();
        let code = u32::from_str_radix(&code, 16).unwrap_or_default();
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    (text, quoted.len())
}

/// What one side of a comparison is.
#[derive(Debug, Clone)]
enum Value<'a> {
    /// A field of ours that holds a line of plain text.
    Line(Option<&'a str>),
    /// A field of ours that holds words, with the HTML they came from.
    Words(Option<&'a str>, Option<&'a str>),
    /// A field of ours that holds an address or an id.
    Address(Option<&'a str>),
    /// A field of ours that holds a moment.
    Moment(Option<jiff::Timestamp>),
    /// A number of ours, or a literal one.
    Number(Option<i64>),
    /// A literal text.
    Text(String),
    /// A literal tuple of numbers.
    Tuple(Vec<i64>),
    /// `None`, `True` or `False`.
    Constant(Option<bool>),
    /// What says nothing: `bozo`.
    Neutral,
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    report: &'a Report,
    base: &'a Url,
}

impl<'a> Parser<'a> {
    fn any(&mut self) -> Result<Option<bool>, NotKept> {
        let mut truth = self.all()?;
        while self.take_name("or") {
            let other = self.all()?;
            truth = match (truth, other) {
                (Some(one), Some(other)) => Some(one || other),
                (one, other) => one.or(other),
            };
        }
        Ok(truth)
    }

    fn all(&mut self) -> Result<Option<bool>, NotKept> {
        let mut truth = self.negation()?;
        while self.take_name("and") {
            let other = self.negation()?;
            truth = match (truth, other) {
                (Some(one), Some(other)) => Some(one && other),
                (one, other) => one.or(other),
            };
        }
        Ok(truth)
    }

    fn negation(&mut self) -> Result<Option<bool>, NotKept> {
        if self.take_name("not") {
            return Ok(self.negation()?.map(|truth| !truth));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<Option<bool>, NotKept> {
        if self.peek() == Some(&Token::Sign("(")) && !self.is_tuple() {
            self.at += 1;
            let truth = self.any()?;
            self.take_sign(")");
            return Ok(truth);
        }
        let mut values = vec![self.value()?];
        let mut equal = true;
        loop {
            if self.take_sign("==") || self.take_name("is") {
                equal = !self.take_name("not");
            } else if self.take_sign("!=") {
                equal = false;
            } else {
                break;
            }
            values.push(self.value()?);
        }
        match values.as_slice() {
            [alone] => Ok(Self::truth(alone)),
            [sides @ .., last] => {
                let same = sides.iter().all(|side| self.same(side, last));
                Ok(Some(same == equal))
            }
            [] => Ok(None),
        }
    }

    fn is_tuple(&self) -> bool {
        matches!(
            (self.tokens.get(self.at + 1), self.tokens.get(self.at + 2)),
            (Some(Token::Number(_)), Some(Token::Sign(",")))
        )
    }

    fn truth(value: &Value<'_>) -> Option<bool> {
        Some(match value {
            Value::Neutral => return None,
            Value::Line(text) | Value::Address(text) => text.is_some_and(|text| !text.is_empty()),
            Value::Words(text, _) => text.is_some_and(|text| !text.is_empty()),
            Value::Moment(moment) => moment.is_some(),
            Value::Number(number) => number.is_some_and(|number| number != 0),
            Value::Text(text) => !text.is_empty(),
            Value::Tuple(numbers) => !numbers.is_empty(),
            Value::Constant(truth) => truth.unwrap_or(false),
        })
    }

    fn same(&self, one: &Value<'_>, other: &Value<'_>) -> bool {
        match (one, other) {
            (Value::Line(found), Value::Text(text)) => matching::line(*found, text),
            (Value::Words(found, html), Value::Text(text)) => {
                matching::words(*found, *html, text, self.base)
            }
            (Value::Address(found), Value::Text(text)) => matching::address(*found, text),
            (Value::Moment(found), Value::Tuple(numbers)) => matching::moment(*found, numbers),
            (Value::Number(found), Value::Number(number)) => found == number,
            (Value::Number(found), Value::Text(text)) => {
                found.is_some_and(|found| found.to_string() == *text)
            }
            (
                Value::Line(found) | Value::Address(found) | Value::Words(found, _),
                Value::Constant(None),
            ) => found.is_none_or(str::is_empty),
            (Value::Moment(found), Value::Constant(None)) => found.is_none(),
            (
                Value::Line(one) | Value::Address(one),
                Value::Line(other) | Value::Address(other),
            ) => one == other,
            (Value::Text(_), Value::Line(_) | Value::Words(..) | Value::Address(_)) => {
                self.same(other, one)
            }
            _ => false,
        }
    }

    fn value(&mut self) -> Result<Value<'a>, NotKept> {
        let Some(token) = self.next() else {
            return Err(NotKept("syntax: the end".to_owned()));
        };
        match token {
            Token::Text(text) => Ok(Value::Text(text)),
            Token::Number(number) => Ok(Value::Number(Some(number))),
            Token::Sign("(") => {
                let mut numbers = Vec::new();
                while let Some(token) = self.next() {
                    match token {
                        Token::Number(number) => numbers.push(number),
                        Token::Sign(")") => break,
                        _ => {}
                    }
                }
                Ok(Value::Tuple(numbers))
            }
            Token::Name(name) => self.named(&name),
            Token::Sign(sign) => Err(NotKept(format!("syntax: {sign}"))),
        }
    }

    fn named(&mut self, name: &str) -> Result<Value<'a>, NotKept> {
        match name {
            "bozo" => Ok(Value::Neutral),
            "None" => Ok(Value::Constant(None)),
            "True" => Ok(Value::Constant(Some(true))),
            "False" => Ok(Value::Constant(Some(false))),
            "len" | "ord" => {
                self.take_sign("(");
                let path = self.path()?;
                self.take_sign(")");
                if name == "len" { self.length(&path) } else { self.code(&path) }
            }
            "feed" | "entries" => {
                self.at -= 1;
                let path = self.path()?;
                self.field(&path)
            }
            other => Err(NotKept(other.to_owned())),
        }
    }

    /// `entries[0]['tags'][1].term` as `entries`, `0`, `tags`, `1`, `term`.
    fn path(&mut self) -> Result<Vec<String>, NotKept> {
        let mut path = Vec::new();
        if let Some(Token::Name(name)) = self.next() {
            path.push(name);
        }
        loop {
            if self.take_sign("[") {
                match self.next() {
                    Some(Token::Text(name)) => path.push(name),
                    Some(Token::Number(index)) => path.push(index.to_string()),
                    _ => return Err(NotKept("syntax: index".to_owned())),
                }
                self.take_sign("]");
            } else if self.take_sign(".") {
                if let Some(Token::Name(name)) = self.next() {
                    path.push(name);
                }
            } else if path.last().is_some_and(|name| name == "has_key") && self.take_sign("(") {
                if let Some(Token::Text(name)) = self.next() {
                    path.push(name);
                }
                self.take_sign(")");
            } else {
                return Ok(path);
            }
        }
    }

    fn field(&self, path: &[String]) -> Result<Value<'a>, NotKept> {
        let path: Vec<&str> = path.iter().map(String::as_str).filter(|p| *p != "has_key").collect();
        let not_kept = || NotKept(path.join("."));
        let report = self.report;
        match path.as_slice() {
            ["feed", rest @ ..] => {
                let feed = &report.feed;
                Ok(match rest {
                    ["title"] | ["title_detail", "value"] => Value::Line(feed.title.as_deref()),
                    ["link"] => Value::Address(feed.link.as_deref()),
                    ["description" | "subtitle" | "tagline"]
                    | ["subtitle_detail" | "tagline_detail", "value"] => {
                        Value::Line(feed.description.as_deref())
                    }
                    ["language"] => Value::Line(feed.language.as_deref()),
                    ["author"] | ["author_detail", "name"] | ["authors", "0", "name"] => {
                        Value::Line(feed.author.as_deref())
                    }
                    ["id" | "guid"] => Value::Address(feed.id.as_deref()),
                    ["updated_parsed" | "modified_parsed"] => Value::Moment(feed.updated),
                    _ => return Err(not_kept()),
                })
            }
            ["entries", index, rest @ ..] => {
                let index: usize = index.parse().map_err(|_| not_kept())?;
                let post = report.posts.get(index);
                of_post(post, rest).ok_or_else(not_kept)
            }
            _ => Err(not_kept()),
        }
    }

    fn length(&self, path: &[String]) -> Result<Value<'a>, NotKept> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let count = match path.as_slice() {
            ["entries"] => Some(self.report.posts.len()),
            ["entries", index, "tags"] => index
                .parse()
                .ok()
                .and_then(|i: usize| self.report.posts.get(i))
                .map(|p| p.tags.len()),
            ["entries", index, "enclosures"] => index
                .parse()
                .ok()
                .and_then(|i: usize| self.report.posts.get(i))
                .map(|post| post.enclosures.len()),
            _ => return Err(NotKept(format!("len {}", path.join(".")))),
        };
        Ok(Value::Number(count.and_then(|count| i64::try_from(count).ok())))
    }

    fn code(&self, path: &[String]) -> Result<Value<'a>, NotKept> {
        let text = match self.field(path)? {
            Value::Line(text) | Value::Words(text, _) => text,
            _ => None,
        };
        Ok(Value::Number(
            text.and_then(|text| text.chars().next()).map(|c| i64::from(u32::from(c))),
        ))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == name);
        self.at += usize::from(found);
        found
    }

    fn take_sign(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }
}

fn of_post<'a>(post: Option<&'a PostReport>, path: &[&str]) -> Option<Value<'a>> {
    let numbered = |index: &str| index.parse::<usize>().ok();
    let text = |read: fn(&PostReport) -> Option<&str>| post.and_then(read);
    let words = || {
        // Where there is content as well, the HTML is the content's.
        let own = post.filter(|post| post.summary.as_deref() == Some(&post.text));
        Value::Words(
            text(|post| post.summary.as_deref()),
            own.and_then(|post| post.html.as_deref()),
        )
    };
    Some(match path {
        ["title"] | ["title_detail", "value"] => Value::Line(text(|post| post.title.as_deref())),
        ["link"] => Value::Address(text(|post| post.url.as_deref())),
        ["id" | "guid"] => Value::Address(text(|post| Some(post.id.as_str()))),
        ["summary" | "description"] | ["summary_detail", "value"] => words(),
        ["content", "0", "value"] => {
            Value::Words(text(|post| Some(post.text.as_str())), text(|post| post.html.as_deref()))
        }
        ["author"] | ["author_detail", "name"] | ["authors", "0", "name"] => {
            Value::Line(text(|post| post.author.as_deref()))
        }
        ["published_parsed"] => Value::Moment(post.and_then(|post| post.published)),
        ["updated_parsed" | "modified_parsed"] => Value::Moment(post.and_then(|post| post.updated)),
        ["language"] | ["content", "0", "language"] => {
            Value::Line(text(|post| post.language.as_deref()))
        }
        ["category"] => Value::Line(text(|post| post.tags.first().map(String::as_str))),
        ["tags", index, "term"] => {
            let index = numbered(index)?;
            Value::Line(post.and_then(|post| post.tags.get(index)).map(String::as_str))
        }
        ["enclosures", index, part] => {
            let file = post.and_then(|post| post.enclosures.get(numbered(index)?));
            match *part {
                "href" | "url" => Value::Address(file.map(|file| file.url.as_str())),
                "type" => Value::Line(file.and_then(|file| file.media_type.as_deref())),
                "length" => Value::Number(file.and_then(|file| file.length).map(u64::cast_signed)),
                _ => return None,
            }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::About;

    fn check(expression: &str, expect: Result<Option<bool>, &str>) {
        let about = About { title: Some("Q & A".to_owned()), ..About::default() };
        let report = Report { feed: about, posts: vec![], skipped: vec![], repaired: vec![] };
        let base = Url::parse("http://a.example/").unwrap();
        let found = holds(expression, &report, &base);
        assert_eq!(found, expect.map_err(|name| NotKept(name.to_owned())), "{expression}");
    }

    #[test]
    fn expressions_are_read_as_python_reads_them() {
        check("not bozo and feed['title'] == 'Q &amp; A'", Ok(Some(true)));
        check("not bozo and feed.title == u'Q \\x26 A'", Ok(Some(true)));
        check("bozo and (feed['title'] == 'no' or feed['title'] != 'x')", Ok(Some(true)));
        check("not feed.has_key('title')", Ok(Some(false)));
        check("feed['title'] == 'other'", Ok(Some(false)));
        check("len(entries) == 0", Ok(Some(true)));
        check("bozo", Ok(None));
        check("encoding == 'utf-8'", Err("encoding"));
        check("feed['logo'] == 'x'", Err("feed.logo"));
    }
}
