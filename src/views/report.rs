//! The reports: as a page, and as text.

use std::fmt::Write as _;

use askama::Template;
use jiff::civil::Date;

use super::NotLaidOut;
use super::evidence;
use super::page::ERASED;
use super::safe::{Link, link, plain, quotable};
use super::text::Lines;
use crate::digest::report::{FEWEST, Month, SourceScore, Week};
use crate::text::count::count;

/// Characters of a claim.
const CLAIM: usize = 160;
/// Characters of a name.
const NAME: usize = 80;
/// Rows of a part; the JSON has all.
const ROWS: usize = 12;

/// A report, laid out part by part.
#[derive(Debug, Default)]
pub struct Report {
    title: String,
    summary: String,
    parts: Vec<Part>,
}

#[derive(Debug, Default)]
struct Part {
    heading: &'static str,
    note: String,
    rows: Vec<Row>,
    table: Option<Table>,
}

/// What a line of a part says.
#[derive(Debug, Default)]
struct Row {
    strong: String,
    rest: String,
    /// Where it was said.
    link: Option<Link>,
}

impl From<(String, String)> for Row {
    fn from((strong, rest): (String, String)) -> Self {
        Self { strong, rest, link: None }
    }
}

#[derive(Debug, Default)]
struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Laid<'a> {
    sheet: &'a Report,
}

impl Report {
    /// The marketer's week.
    #[must_use]
    pub fn of_week(week: &Week) -> Self {
        let day = |date: Date| date.strftime("%-d %B %Y").to_string();
        let first = if week.monday.year() == week.sunday.year() {
            week.monday.strftime("%-d %B").to_string()
        } else {
            day(week.monday)
        };
        let title = format!("Week of {first} to {}", day(week.sunday));
        let told = format!(
            "{} told {}",
            count(week.digests, "digest", "digests"),
            count(week.points, "point", "points"),
        );
        let none_by_then = match week.began {
            None => Some("No digest has been made yet.".to_owned()),
            Some(began) if began > week.sunday => {
                Some(format!("No digest was made by then: the first is of {}.", day(began)))
            }
            Some(_) => None,
        };
        let summary = match (week.points, week.used.len(), week.unused.len()) {
            (0, ..) => format!("{told}."),
            (points, 0, unused) if points == unused => {
                format!("{told}; nobody answered any of them.")
            }
            (_, used, _) => format!("{told}; {used} used by somebody."),
        };
        let summary = none_by_then.unwrap_or(summary);
        let parts = vec![
            used(week),
            not_reached(week),
            disputed(week),
            wrong(week),
            earned(week),
            drop(week),
            gaps(week),
            sources(week),
            unused(week),
        ];
        Self { title, summary, parts: parts.into_iter().filter(|part| !part.is_empty()).collect() }
    }

    /// The leaders' month.
    #[must_use]
    pub fn of_month(month: &Month) -> Self {
        let title = month.first.strftime("%B %Y").to_string();
        let summary = if month.topics.is_empty() {
            format!("No topic was used by {FEWEST} people or more: nobody is singled out.")
        } else {
            format!(
                "Points of {} were used {} in talks with customers.",
                count(month.topics.len(), "topic", "topics"),
                count(month.uses, "time", "times")
            )
        };
        let rows = month.topics.iter().map(|topic| {
            let (agreed, disagreed) = topic.customers.unzip();
            let or_dash = |number: Option<usize>| number.map_or("–".into(), |n| n.to_string());
            vec![
                plain(&topic.topic, NAME),
                topic.people.to_string(),
                topic.uses.to_string(),
                or_dash(agreed),
                or_dash(disagreed),
            ]
        });
        let head = vec!["Topic", "People", "Uses", "Agreed", "Disagreed"];
        let table = Table { head, rows: rows.collect() };
        let topics = Part {
            heading: "What was used",
            note: format!("Numbers of fewer than {FEWEST} people are not shown."),
            table: (!table.rows.is_empty()).then_some(table),
            ..Part::default()
        };
        let names: Vec<String> = month.contributors.iter().map(|name| plain(name, NAME)).collect();
        let thanks = Part {
            heading: "Who contributed",
            note: match (names.is_empty(), month.are_few) {
                (true, false) => "Nobody wrote a note this month.".to_owned(),
                (true, true) => {
                    format!("Fewer than {FEWEST} colleagues wrote notes: nobody is singled out.")
                }
                (false, are_few) => {
                    let others = if are_few { ", and others without their names" } else { "" };
                    let names = names.join(", ");
                    format!("What they heard reached their colleagues: {names}{others}.")
                }
            },
            ..Part::default()
        };
        let parts = [said(month), topics, thanks];
        Self { title, summary, parts: parts.into_iter().filter(|part| !part.is_empty()).collect() }
    }

    /// As a page.
    ///
    /// # Errors
    /// [`NotLaidOut`] where the template fails.
    pub fn html(&self) -> Result<String, NotLaidOut> {
        Ok(Laid { sheet: self }.render()?)
    }

    /// As plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = Lines::wide();
        out.say("", &self.title);
        out.say("", &self.summary);
        for part in &self.parts {
            out.gap();
            out.say("", &part.heading.to_uppercase());
            if !part.note.is_empty() {
                out.say("", &part.note);
            }
            for row in &part.rows {
                out.say("- ", &row.strong);
                for more in [row.rest.as_str(), row.link.as_ref().map_or("", |l| l.url.as_str())] {
                    if !more.is_empty() {
                        out.say("  ", more);
                    }
                }
            }
            if let Some(table) = &part.table {
                out.0.push_str(&table.text());
            }
        }
        out.0
    }
}

impl Part {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.table.is_none() && self.note.is_empty()
    }

    /// So many rows, and that there are more.
    fn of(heading: &'static str, note: &str, rows: Vec<(String, String)>) -> Self {
        if rows.is_empty() {
            return Self::default();
        }
        let more = rows.len().saturating_sub(ROWS);
        let mut rows: Vec<Row> = rows.into_iter().take(ROWS).map(Row::from).collect();
        if more > 0 {
            rows.push((format!("and {more} more"), "--json has all".to_owned()).into());
        }
        Self { heading, note: note.to_owned(), rows, table: None }
    }
}

impl Table {
    fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|at| {
                let cells =
                    self.rows.iter().filter_map(|row| row.get(at)).map(|c| c.chars().count());
                cells.chain([self.head[at].chars().count()]).max().unwrap_or_default()
            })
            .collect();
        let head: Vec<String> = self.head.iter().map(|&cell| cell.to_owned()).collect();
        let mut out = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                // Writing to a text cannot fail.
                let _ = if at == 0 {
                    write!(out, "{cell:width$}")
                } else {
                    write!(out, "  {cell:>width$}")
                };
            }
            out.push('\n');
        }
        out
    }
}

/// Somebody's words; of what was erased, that it was.
fn quoted(words: &str) -> String {
    match quotable(words, CLAIM) {
        words if words.is_empty() => ERASED.to_owned(),
        words => format!("\u{201c}{words}\u{201d}"),
    }
}

fn used(week: &Week) -> Part {
    let rows = week.used.iter().map(|point| {
        let names: Vec<String> = point.by.iter().map(|name| plain(name, NAME)).collect();
        let mut rest = format!("{} · {}", plain(&point.about, NAME), names.join(", "));
        if point.agreed + point.disagreed > 0 {
            let _ = write!(rest, " · customers: {} agreed, {} not", point.agreed, point.disagreed);
        }
        (quoted(&point.claim), rest)
    });
    Part::of("What was used, and by whom", "", rows.collect())
}

fn unused(week: &Week) -> Part {
    let rows = week.unused.iter().map(|(about, claim)| (quoted(claim), plain(about, NAME)));
    Part::of("Points nobody answered", "", rows.collect())
}

fn not_reached(week: &Week) -> Part {
    let rows = week.not_reached.iter().map(|of| (plain(&of.reader, NAME), plain(&of.why, CLAIM)));
    Part::of("Readers who are not reached", "", rows.collect())
}

fn disputed(week: &Week) -> Part {
    let rows = week.disputed.iter().map(|of| {
        let mut sides = Vec::new();
        if of.voices_disagree() {
            sides.push(format!(
                "{} of {} are against what most say; in the four weeks before {} of {}",
                of.against,
                count(of.voices, "voice", "voices"),
                of.against_before,
                of.voices_before
            ));
        }
        if of.customers_disagree() {
            sides.push(format!(
                "of our customers {} disagreed and {} agreed; in the four weeks before {} and {}",
                of.disagreed, of.agreed, of.disagreed_before, of.agreed_before
            ));
        }
        (plain(&of.topic, NAME), sides.join("; "))
    });
    let note = "More disagree than before: worth a survey.";
    Part::of("Topics with rising disagreement", note, rows.collect())
}

/// What others said in a month.
fn said(month: &Month) -> Part {
    let rows = month.said.iter().map(|of| {
        let found = &of.point.evidence;
        let mut rest = vec![plain(&of.point.topic, NAME), evidence::voices(found)];
        rest.extend(evidence::against(found));
        let by = plain(&of.by.speaker, NAME);
        rest.push(format!("{by}, told {}", of.told.strftime("%-d %b")));
        Row {
            strong: quoted(&of.point.claim.text),
            rest: rest.join(" · "),
            link: of.by.url.as_deref().and_then(link),
        }
    });
    let rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        return Part::default();
    }
    let note = format!(
        "As the digests told it when most stood behind it; what fewer than {FEWEST} independent voices say is left out."
    );
    Part { heading: "What others say", note, rows, table: None }
}

fn wrong(week: &Week) -> Part {
    let rows = week.wrong.iter().map(|of| {
        let post = of.post.to_string();
        let words = format!("{}: {}", plain(&of.account, NAME), quoted(&of.claim));
        (words, format!("said by {}; overheard why {}", of.readers, &post[..8]))
    });
    let note =
        "Tell the account from its namesakes in accounts.toml (`about`), or leave a name out.";
    Part::of("Wrong companies", note, rows.collect())
}

fn earned(week: &Week) -> Part {
    let rows = week.topics.iter().map(|of| {
        let words = if of.weight > 1.0 { "gained" } else { "lost" };
        (plain(&of.topic, NAME), format!("{words}: ranked × {:.2}", of.weight))
    });
    Part::of("What topics earned", "", rows.collect())
}

fn sources(week: &Week) -> Part {
    let mut scores: Vec<&SourceScore> = week.sources.iter().collect();
    scores.sort_by(|a, b| {
        (b.unique + b.first, b.posts)
            .cmp(&(a.unique + a.first, a.posts))
            .then_with(|| a.source.cmp(&b.source))
    });
    let row = |score: &SourceScore| {
        let least = if score.cost.at_least { "+" } else { "" };
        vec![
            score.source.to_string(),
            score.posts.to_string(),
            score.unique.to_string(),
            score.first.to_string(),
            score.noise.map_or("–".into(), |noise| format!("{:.0} %", noise * 100.0)),
            format!("{}{least}", score.cost.requests),
            format!("{}{least}", score.cost.bytes.div_ceil(1_000)),
            format!("{:.2}", score.weight),
        ]
    };
    let is_all = !scores.iter().any(|score| score.cost.at_least);
    let rows: Vec<Vec<String>> = scores.into_iter().map(row).collect();
    let more = if is_all { "" } else { " A + is for more visits than are remembered." };
    let head = vec!["Source", "Posts", "Unique", "First", "Noise", "Requests", "kB", "Earned"];
    Part {
        heading: "Sources",
        note: format!(
            "Unique: stories only it had. First: stories others had too, and it before them. Noise: \
             posts about no topic.{more}"
        ),
        rows: Vec::new(),
        table: (!rows.is_empty()).then_some(Table { head, rows }),
    }
}

fn drop(week: &Week) -> Part {
    let of = &week.drop;
    if of.sources.is_empty() || of.stories == 0 {
        return Part::default();
    }
    let names: Vec<String> = of.sources.iter().map(ToString::to_string).collect();
    Part {
        heading: "Drop these, lose nothing",
        note: format!(
            "Every one of the {} that reached a point this week is heard without {}: {}. \
             `overheard sources pause` tries it; one week is a short proof.",
            count(of.stories, "story", "stories"),
            count(of.sources.len(), "source", "sources"),
            names.join(", ")
        ),
        ..Part::default()
    }
}

fn gaps(week: &Week) -> Part {
    let rows = week.gaps.iter().map(|gap| {
        let rest = format!(
            "{} of {} lead there, as to {} · {}",
            count(gap.posts, "post", "posts"),
            count(gap.sources, "source", "sources"),
            gap.examples.first().map(|url| plain(url, CLAIM)).unwrap_or_default(),
            gap.command
        );
        (plain(&gap.domain, NAME), rest)
    });
    Part::of("Where our posts lead, and we do not listen", "", rows.collect())
}
