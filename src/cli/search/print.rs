//! The answer for a person at a terminal, as wide as theirs.

use std::io::{self, IsTerminal as _, Write};
use std::ops::Range;

use terminal_size::{Width, terminal_size};

use super::Told;
use crate::cli::posts::short;
use crate::search::{Facets, Hit, Looser, Marked, Marker, Sort, Tally, sentiment_name};
use crate::text::count::count;
use crate::verdict::SentimentLabel;
use crate::views::safe;

/// Columns where nobody's terminal says how many.
const COLUMNS: usize = 100;

/// Narrower is unreadable anyway; wider lines are hard to follow.
const COLUMNS_WITHIN: Range<usize> = 40..121;

/// What stands before everything said of a post.
const INDENT: usize = 4;

/// Lines of a snippet.
const SNIPPET_LINES: usize = 2;

/// Characters of an author's name.
const AUTHOR_CHARS: usize = 40;

/// Characters of a reason.
const WHY_CHARS: usize = 300;

/// Sources of reprints that are named.
const REPRINTS_NAMED: usize = 3;

/// Columns of the longest bar.
const BAR: u64 = 30;

/// Begins and ends what is marked in a terminal.
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

pub(super) fn print(told: &Told<'_>, out: &mut impl Write) -> io::Result<()> {
    let page = Page::of_terminal();
    let answer = told.answer;
    if answer.total == 0 {
        return nothing(told, out);
    }
    writeln!(out, "{}", headline(told))?;
    let marker = Marker::of(told.query);
    for (n, hit) in answer.hits.iter().enumerate() {
        writeln!(out)?;
        page.hit(n + 1, hit, &marker, out)?;
    }
    if let Some(facets) = &answer.facets {
        writeln!(out)?;
        page.facets(facets, out)?;
    }
    Ok(())
}

/// "42 posts; the best 10, 3 reprints folded into them".
fn headline(told: &Told<'_>) -> String {
    let answer = told.answer;
    let total = count(answer.total, "post", "posts");
    let shown = answer.hits.len();
    let folded: usize = answer.hits.iter().map(|hit| hit.reprints.len()).sum();
    let mut line = match (told.sort, shown as u64 + folded as u64 == answer.total) {
        (_, _) if shown == 0 => total,
        (Sort::Best, true) => format!("{total}, the best first"),
        (Sort::Newest, true) => format!("{total}, the newest first"),
        (Sort::Best, false) => format!("{total}; the best {shown}"),
        (Sort::Newest, false) => format!("{total}; the newest {shown}"),
    };
    if folded > 0 {
        line += &format!(", with {} folded into them", count(folded, "reprint", "reprints"));
    }
    line
}

/// What there would be if less was asked.
fn nothing(told: &Told<'_>, out: &mut impl Write) -> io::Result<()> {
    let part = |looser: &Looser| safe::plain(&told.text[looser.at.clone()], 60);
    if !told.looser.is_empty() {
        writeln!(out, "No post fits all of that. Leave out one part:")?;
        for looser in &told.looser {
            writeln!(
                out,
                "  without {:<30} {}",
                part(looser),
                count(looser.posts, "post", "posts")
            )?;
        }
        return Ok(());
    }
    match told.apart.as_slice() {
        [] | [_] => writeln!(
            out,
            "No post fits that. A shorter word with a star finds more (migrat*), as does the beginning of \
             a name; `overheard status` says what is kept."
        ),
        apart => {
            writeln!(out, "No post fits all of that, nor all but one part. Each by itself:")?;
            for looser in apart {
                writeln!(out, "  {:<30} {}", part(looser), count(looser.posts, "post", "posts"))?;
            }
            Ok(())
        }
    }
}

/// Where it is shown.
struct Page {
    columns: usize,
    begin: &'static str,
    end: &'static str,
}

impl Page {
    #[expect(
        clippy::disallowed_methods,
        reason = "what a terminal may show stands in the environment"
    )]
    fn of_terminal() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let wide = terminal_size().filter(|_| is_terminal).map(|(Width(columns), _)| columns);
        let columns = wide.map_or(COLUMNS, usize::from);
        let no_color = std::env::var("NO_COLOR").is_ok_and(|no| !no.is_empty());
        let marks = is_terminal && !no_color;
        Self {
            columns: columns.clamp(COLUMNS_WITHIN.start, COLUMNS_WITHIN.end - 1),
            begin: if marks { BOLD } else { "" },
            end: if marks { PLAIN } else { "" },
        }
    }

    fn hit(
        &self,
        number: usize,
        hit: &Hit,
        marker: &Marker,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let said = &hit.post.said;
        let wide = self.columns - INDENT;
        let title = said.title.as_deref().map(|title| marker.line(title, wide * 2));
        let title = title.filter(|title| !title.text.is_empty());
        let has_title = title.is_some();
        let snippet = marker.snippet(&said.text, wide * SNIPPET_LINES);
        let first = title.unwrap_or_else(|| snippet.clone());
        let lines = self.lines(&first, wide);
        for (n, line) in lines.iter().enumerate() {
            let before = if n == 0 { format!("{number:>2}. ") } else { " ".repeat(INDENT) };
            writeln!(out, "{before}{line}")?;
        }
        if lines.is_empty() {
            writeln!(out, "{number:>2}. (no words)")?;
        }
        self.indented(&about(hit), out)?;
        if has_title && !snippet.text.is_empty() {
            for line in self.lines(&snippet, wide) {
                writeln!(out, "{:INDENT$}{line}", "")?;
            }
        }
        if let Some(link) = said.url.as_deref().and_then(safe::link) {
            // Whole, however long: a part of it leads nowhere.
            writeln!(out, "{:INDENT$}{}", "", link.url)?;
        }
        for why in &hit.why {
            self.indented(&safe::plain(why, WHY_CHARS), out)?;
        }
        if !hit.reprints.is_empty() {
            self.indented(&reprints(hit), out)?;
        }
        Ok(())
    }

    fn facets(&self, facets: &Facets, out: &mut impl Write) -> io::Result<()> {
        for (what, tally) in [
            ("Topics", &facets.topics),
            ("Signals", &facets.signals),
            ("Accounts", &facets.accounts),
            ("Voices", &facets.voices),
            ("Sources", &facets.sources),
            ("Sentiment", &facets.sentiments),
            ("Languages", &facets.languages),
        ] {
            self.tally(what, tally, out)?;
        }
        let most = facets.weeks.iter().map(|week| week.posts).max().unwrap_or(0).max(1);
        for (n, week) in facets.weeks.iter().enumerate() {
            let what = if n == 0 { "Weeks" } else { "" };
            let bar = "▇".repeat((week.posts * BAR).div_ceil(most) as usize);
            let line = format!("{what:<10} {} {:>7} {bar}", week.monday, week.posts);
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    fn tally(&self, what: &str, tally: &Tally, out: &mut impl Write) -> io::Result<()> {
        const BEFORE: usize = 11;
        if tally.named.is_empty() {
            return Ok(());
        }
        let named = tally.named.iter();
        let mut parts: Vec<String> = named
            .map(|named| format!("{} {}", safe::plain(&named.name, 60), named.posts))
            .collect();
        if tally.more > 0 {
            parts.push(format!("{} more", tally.more));
        }
        let (mut line, mut before) = (String::new(), what);
        for part in parts {
            let is_full = BEFORE + width(&line) + 3 + width(&part) > self.columns;
            if is_full && !line.is_empty() {
                writeln!(out, "{before:<10} {line}")?;
                (line, before) = (String::new(), "");
            }
            if !line.is_empty() {
                line += " · ";
            }
            line += &part;
        }
        writeln!(out, "{before:<10} {line}")
    }

    fn indented(&self, text: &str, out: &mut impl Write) -> io::Result<()> {
        let text = Marked { text: text.to_owned(), marks: Vec::new() };
        for line in self.lines(&text, self.columns - INDENT) {
            writeln!(out, "{:INDENT$}{line}", "")?;
        }
        Ok(())
    }

    /// A text in lines of so many columns, what is marked in bold.
    fn lines(&self, text: &Marked, columns: usize) -> Vec<String> {
        folded(&text.text, columns).into_iter().map(|line| self.marked(text, line)).collect()
    }

    fn marked(&self, text: &Marked, line: Range<usize>) -> String {
        let (mut shown, mut at) = (String::new(), line.start);
        for mark in &text.marks {
            let (start, end) = (mark.start.max(line.start), mark.end.min(line.end));
            if start >= end {
                continue;
            }
            shown += &text.text[at..start];
            shown += self.begin;
            shown += &text.text[start..end];
            shown += self.end;
            at = end;
        }
        shown + &text.text[at..line.end]
    }
}

/// "daily-rack, press · 2026-11-17 · Ada Byron · negative · 3f2a9c01abcd".
fn about(hit: &Hit) -> String {
    let post = &hit.post;
    let mut parts = vec![match hit.voice {
        Some(voice) => format!("{}, {voice}", post.source),
        None => format!("{} (not listened to any more)", post.source),
    }];
    parts.push(post.when().strftime("%Y-%m-%d").to_string());
    let author = post.said.author.as_ref();
    let author = author.and_then(|author| author.name.as_ref().or(author.handle.as_ref()));
    parts
        .extend(author.map(|name| safe::plain(name, AUTHOR_CHARS)).filter(|name| !name.is_empty()));
    match hit.verdict.as_ref().map(|verdict| verdict.sentiment.label) {
        Some(SentimentLabel::Unknown) => {}
        Some(label) => parts.push(sentiment_name(label).to_owned()),
        None => parts.push("not judged yet".to_owned()),
    }
    parts.push(short(post.id));
    parts.join(" · ")
}

/// "2 reprints: wire-a, wire-b".
fn reprints(hit: &Hit) -> String {
    let mut sources: Vec<&str> =
        hit.reprints.iter().map(|reprint| reprint.source.as_str()).collect();
    sources.dedup();
    let more = sources.len().saturating_sub(REPRINTS_NAMED);
    sources.truncate(REPRINTS_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let posts = count(hit.reprints.len(), "reprint", "reprints");
    format!("{posts}: {}{more}", sources.join(", "))
}

/// The lines of a text whose words have one space between them.
fn folded(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    for word in text.split(' ') {
        let end = at + word.len();
        match lines.last_mut() {
            Some(line) if width(&text[line.start..end]) <= columns => line.end = end,
            _ => lines.push(at..end),
        }
        at = end + 1;
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Columns of a text in a terminal, roughly: letters of East Asia and pictures take two.
fn width(text: &str) -> usize {
    let is_wide = |c: char| {
        matches!(c,
            '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}'
            | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3ffff}')
    };
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_words_and_marks_with_them() {
        let page = Page { columns: 40, begin: "<", end: ">" };
        let text = Marked { text: "one cloud cost two three".to_owned(), marks: vec![4..14] };
        assert_eq!(page.lines(&text, 10), ["one <cloud>", "<cost> two", "three"]);
        let wide = Marked { text: "云计算 云计算".to_owned(), marks: vec![] };
        assert_eq!(page.lines(&wide, 10), ["云计算", "云计算"]);
        assert_eq!(page.lines(&Marked::default(), 10), Vec::<String>::new());
    }
}
