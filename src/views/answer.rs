//! An answer as plain text: short enough to be read on a phone during a call.

use jiff::tz::TimeZone;

use super::evidence;
use super::page::{Passage, who};
use super::safe::{link, plain};
use super::text::{Lines, passage};
use crate::digest::{Answer, Direction, Proven, Said, Sentence, Strength};
use crate::source::Knowledge;
use crate::text::count::count;

/// Lines of an answer: a phone's height, twice.
const LINES: usize = 25;

/// Characters of a passage; quotes are cut at 40 words before.
const PASSAGE: usize = 340;
/// Characters of what somebody asked, and of a name.
const LABEL: usize = 80;

/// Hours in a day.
const DAY: f64 = 24.0;

/// The answer as plain text. Times are told in `zone`.
#[must_use]
pub fn answer(answer: &Proven<Answer>, zone: &TimeZone) -> String {
    let answer = answer.answer();
    let mut out = Lines::wide();
    out.say("", &understood(answer));
    out.gap();
    let Some(said) = &answer.said else {
        match (answer.also.first(), named(answer)) {
            (Some(also), Some(account)) => {
                let account = plain(account, LABEL);
                let by = count(also.owners, "voice", "voices");
                let said = format!("What is said of it, by {by}:");
                out.say("", &format!("No post that names {account} is plainly about this. {said}"));
                passage(&mut out, "  ", &shown(answer, &also.sentence, zone));
            }
            _ => out.say("", &nothing(answer)),
        }
        return out.0;
    };
    let passage_of = |sentence: &Sentence| shown(answer, sentence, zone);
    if !answer.is_solid() {
        let who = if answer.about == 1 { "one post" } else { "one voice" };
        let what = if said.opposite { "an anecdote, and of the opposite" } else { "an anecdote" };
        out.say("", &format!("Nothing solid: {who} only, which is {what}."));
        passage(&mut out, "  ", &passage_of(&said.claim));
        for beside in &answer.beside {
            out.gap();
            aside(&mut out, of_kind(beside.knowledge), &passage_of(&beside.sentence));
        }
        return out.0;
    }
    out.say("", &behind(said, answer.stories));
    if let Some(more) = feelings_and_trend(said) {
        out.say("", &more);
    }
    out.gap();
    if said.opposite {
        out.say("", "Most say the opposite of what was asked:");
    }
    passage(&mut out, "  ", &passage_of(&said.claim));
    let mut left = LINES.saturating_sub(lines(&out));
    let mut parts = parts(answer, said, &passage_of);
    parts.sort_by_key(|part| part.rank);
    parts.retain(|part| {
        let fits = lines(&part.words) <= left;
        left -= if fits { lines(&part.words) } else { 0 };
        fits
    });
    parts.sort_by_key(|part| part.place);
    for part in &parts {
        out.0 += &part.words.0;
    }
    out.0
}

/// A part of an answer that is shown where there is room.
struct Part {
    /// Which goes first where there is room for few: who disagrees is never left out for one more who agrees.
    rank: usize,
    /// Where it stands.
    place: usize,
    words: Lines,
}

fn parts(answer: &Answer, said: &Said, passage_of: &dyn Fn(&Sentence) -> Passage) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut part = |rank: usize, say: &dyn Fn(&mut Lines)| {
        let mut words = Lines::wide();
        words.0.push('\n');
        say(&mut words);
        parts.push(Part { rank, place: parts.len(), words });
    };
    for (at, quote) in said.quotes.iter().enumerate() {
        part(1 + 3 * at, &|out| passage(out, "  ", &passage_of(quote)));
    }
    if let Some(dissent) = &said.dissent {
        let against = said.evidence.dissenting.len();
        let verb = if against == 1 { "disagrees" } else { "disagree" };
        part(0, &|out| {
            out.say("", &format!("{against} {verb}:"));
            passage(out, "  ", &passage_of(dissent));
        });
    }
    for also in &answer.also {
        let what = format!("Also, {}:", count(also.owners, "voice", "voices"));
        part(2, &|out| aside(out, &what, &passage_of(&also.sentence)));
    }
    for beside in &answer.beside {
        part(2, &|out| aside(out, of_kind(beside.knowledge), &passage_of(&beside.sentence)));
    }
    if !answer.related.is_empty() {
        let related: Vec<String> = answer.related.iter().map(|name| plain(name, LABEL)).collect();
        part(3, &|out| out.say("", &format!("Related: {}", related.join(", "))));
    }
    parts
}

/// How like two posts are, in words.
#[must_use]
pub fn likeness(cosine: f32) -> &'static str {
    match cosine {
        0.9.. => "nearly the same",
        0.7.. => "very like",
        0.5.. => "like",
        0.35.. => "somewhat like",
        _ => "hardly like",
    }
}

/// "About: leaving the cloud · last 30 days · 41 posts of 1,204 looked at".
fn understood(answer: &Answer) -> String {
    let mut parts = Vec::new();
    let about = plain(&answer.understood.about, LABEL);
    parts.push(if about.is_empty() {
        "About: anything".to_owned()
    } else {
        format!("About: {about}")
    });
    parts.extend(named(answer).map(|name| format!("naming {}", plain(name, LABEL))));
    parts.extend(answer.topic.as_ref().map(|name| format!("on {}", plain(name, LABEL))));
    parts.extend(answer.voice.map(|voice| format!("{voice} only")));
    parts.push(stretch(answer));
    parts.push(match (answer.about, answer.stories) {
        (0, _) => format!("none of {}", count(answer.looked_at, "post", "posts")),
        (about, stories) if about == stories => {
            format!("{about} of {}", count(answer.looked_at, "post", "posts"))
        }
        (about, stories) => format!(
            "{about} of {}, which are {}",
            count(answer.looked_at, "post", "posts"),
            count(stories, "story", "stories")
        ),
    });
    parts.join(" · ")
}

/// Whom an answer is about: an account, or another name.
fn named(answer: &Answer) -> Option<&str> {
    answer.account.as_deref().or(answer.understood.name.as_deref())
}

fn stretch(answer: &Answer) -> String {
    let hours = answer.window.until.duration_since(answer.window.from).as_secs_f64() / 3_600.0;
    match (hours / DAY).round() as i64 {
        days @ ..=1 => format!("last {}", count(days * 24, "hour", "hours")),
        days @ 730.. => format!("last {} years", days / 365),
        days => format!("last {days} days"),
    }
}

/// Why there is no answer, and what would loosen it.
fn nothing(answer: &Answer) -> String {
    let who = match (answer.voice, named(answer)) {
        (Some(voice), _) => format!("no {voice} we listen to"),
        (None, Some(account)) => format!("no post that names {}", plain(account, LABEL)),
        (None, None) => "nobody we listen to".to_owned(),
    };
    let stretch = stretch(answer);
    format!(
        "Nothing solid: {who} said anything about it in the {stretch}. \
         `--since` looks further back; other words may find more."
    )
}

/// "PATTERN · 6 independent voices: 3 press, 2 customers, 1 analyst · 8 of 11 stories". Of what is about it,
/// so many say what is said here.
fn behind(said: &Said, about: usize) -> String {
    let evidence = &said.evidence;
    let one = evidence.owners.len() == 1;
    let label = match said.knowledge {
        Knowledge::Field if one => "one note",
        Knowledge::Survey if one => "one survey",
        Knowledge::Expert if one => "one expert",
        _ => evidence::strength(evidence.strength),
    };
    let stories = match evidence.stories.len() {
        all if all >= about => count(all, "story", "stories"),
        some => format!("{some} of {}", count(about, "story", "stories")),
    };
    let told = format!("{} · {} · {stories}", label.to_uppercase(), evidence::voices(evidence));
    match evidence::uncounted(evidence) {
        Some(uncounted) => format!("{told}, {uncounted}"),
        None => told,
    }
}

/// "Feeling: 4 negative, 1 positive · Talk of it is up: 4 stories vs 1.2 a week".
fn feelings_and_trend(said: &Said) -> Option<String> {
    let evidence = &said.evidence;
    let feelings = evidence::feelings(evidence).map(|feelings| format!("Feeling: {feelings}"));
    let trend = &evidence.trend;
    let is_change = matches!(trend.direction, Direction::Up | Direction::Down | Direction::New);
    let is_solid = evidence.strength > Strength::Anecdote;
    let trend = (is_change && is_solid)
        .then(|| format!("Talk of it is {}", evidence::trend_of_week(trend)));
    let both: Vec<String> = feelings.into_iter().chain(trend).collect();
    (!both.is_empty()).then(|| both.join(" · "))
}

fn of_kind(knowledge: Knowledge) -> &'static str {
    match knowledge {
        Knowledge::Public => "Others:",
        Knowledge::Field => "A colleague heard:",
        Knowledge::Survey => "A survey found:",
        Knowledge::Expert => "An expert says:",
    }
}

fn aside(out: &mut Lines, what: &str, passage: &Passage) {
    out.say("", &format!("{what} \u{201c}{}\u{201d} - {}", passage.text, passage.who));
}

fn shown(answer: &Answer, sentence: &Sentence, zone: &TimeZone) -> Passage {
    let citation = answer.citation(sentence.post);
    Passage {
        text: plain(&sentence.text, PASSAGE),
        verbatim: true,
        who: citation.map(|citation| who(citation, zone)).unwrap_or_default(),
        link: citation.and_then(|citation| citation.url.as_deref()).and_then(link),
    }
}

fn lines(out: &Lines) -> usize {
    out.0.lines().count()
}
