//! An answer by mail: the same as a tap, or a note.
//!
//! Whose it is and to which digest, the tag says that only we could have made and that only its reader was
//! sent: in what the mail answers to, or in the address it came to. A sender's address proves nothing, but one
//! that is not the reader's is refused, for mails are forwarded.

use std::panic::resume_unwind;
use std::thread;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::decoders::html::html_to_text;
use mail_parser::{HeaderValue, Message, MessageParser, PartType};

use super::{HearBack, Note};
use crate::config::Market;
use crate::digest::{Digest, Pointed};
use crate::feedback::{PointRef, Tap, Way};
use crate::reader::Reader;
use crate::store::{Store, StoreError};
use crate::views::Links;
use crate::views::links::Leads;

/// Bytes of a mail that are read: an answer stands at its beginning, before what is attached.
pub const MOST_BYTES: u64 = 1 << 20;

/// The stack of who reads a mail: a level of mails within mails takes 30 bytes of one and 200 of the other.
const STACK_BYTES: usize = 64 << 20;

/// Addresses and ids looked at for a tag.
const TAGS: usize = 50;

/// Characters of a text that are looked at for an answer: what is quoted may be long.
const TEXT_CHARS: usize = 20_000;

/// A note that stands alone has so many words: fewer are thanks, or a slip.
const WORDS_OF_A_NOTE: usize = 6;

/// Words up to which a first line that begins like an answer is one that misses its point.
const WORDS_OF_AN_ANSWER: usize = 6;

const NO_POINT: &str = "it does not say which point, or which of the accounts in the digest, it is of: \
    write “used 2”, or “wrong company Acme”";

/// What came of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It was kept.
    Kept {
        /// Whose it is.
        reader: String,
        /// What they said, each of the point with this claim.
        taps: Vec<(Tap, String)>,
        /// Whether a note came with it.
        note: bool,
    },
    /// Its reader gets no more digests.
    Unsubscribed {
        /// Who.
        reader: String,
    },
    /// It was left alone: why.
    Left(&'static str),
}

/// Takes in answers.
#[derive(Clone, Copy)]
pub struct Mailbox<'a> {
    /// Where they are kept.
    pub store: &'a dyn Store,
    /// Who may answer.
    pub market: &'a Market,
    /// What knows a tag.
    pub links: &'a Links,
    /// When they came.
    pub now: Timestamp,
}

impl Mailbox<'_> {
    /// Takes in a mail.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn take_in(&self, bytes: &[u8]) -> Result<Answered, StoreError> {
        // Mails lie in mails, and are read and let go of by functions that call themselves: a thread of its own
        // has the stack for as deep as so many bytes can go.
        let taken = thread::scope(|scope| {
            let thread = thread::Builder::new().name("a mail".to_owned()).stack_size(STACK_BYTES);
            let reading = thread.spawn_scoped(scope, || self.take_in_here(bytes));
            reading.map(|reading| reading.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        taken.unwrap_or(Ok(Answered::Left("there was no room to read it")))
    }

    fn take_in_here(&self, bytes: &[u8]) -> Result<Answered, StoreError> {
        let most = usize::try_from(MOST_BYTES).unwrap_or(usize::MAX);
        let Some(mail) = MessageParser::default().parse(&bytes[..bytes.len().min(most)]) else {
            return Ok(Answered::Left("it is no mail"));
        };
        // What signs a reader off may well be sent by a machine.
        if is_automatic(&mail) && !signs_off(&mail) {
            return Ok(Answered::Left("a machine wrote it"));
        }
        let today = self.now.to_zoned(TimeZone::UTC).date();
        let tagged = tags(&mail).into_iter().find_map(|tag| {
            let opened = self.links.open(&tag, today).ok()?;
            let Leads::Mail(date) = opened.leads else { return None };
            let mut readers = self.market.readers.iter();
            Some((readers.find(|reader| self.links.is_for(&opened, &reader.id))?, date))
        });
        let Some((reader, date)) = tagged else {
            return Ok(Answered::Left("it answers no digest of the last 60 days"));
        };
        if !is_from(&mail, reader) {
            return Ok(Answered::Left("it is not from the reader whose digest it answers"));
        }
        let Some(digest) = self.store.digest(&reader.id, date)? else {
            return Ok(Answered::Left("the digest it answers is not kept"));
        };
        if signs_off(&mail) {
            self.store.unsubscribe(&reader.id, Some(self.now))?;
            return Ok(Answered::Unsubscribed { reader: reader.id.clone() });
        }
        self.answer(reader, &digest, &own_words(&text_of(&mail)))
    }

    fn answer(&self, reader: &Reader, digest: &Digest, text: &str) -> Result<Answered, StoreError> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        // Words that name none of its accounts are a sentence.
        let said =
            Said::of(first).filter(|said| said.words.is_empty() || !said.points(digest).is_empty());
        if said.as_ref().is_some_and(|said| said.is_end) {
            self.store.unsubscribe(&reader.id, Some(self.now))?;
            return Ok(Answered::Unsubscribed { reader: reader.id.clone() });
        }
        let hear_back = HearBack { store: self.store, at: self.now, way: Way::Mail };
        let words = if said.is_some() { rest.trim() } else { text };
        let colleague = self.links.colleague(&reader.id);
        let points = said.as_ref().map(|said| said.points(digest)).unwrap_or_default();
        if said.is_some() && points.is_empty() {
            return Ok(Answered::Left(NO_POINT));
        }
        // What was meant for us is not told to colleagues, and neither are thanks.
        if said.is_none() && is_for_us(first) {
            return Ok(Answered::Left(NO_POINT));
        }
        if said.is_none() && words.split_whitespace().count() < WORDS_OF_A_NOTE {
            return Ok(Answered::Left("it is too short for a note"));
        }
        let note = Note { text: words, company: None, colleague: &colleague };
        let note = hear_back.note(note)?;
        let mut taps = Vec::new();
        for (point, pointed) in points {
            let Some(tap) = said.as_ref().and_then(|said| said.tap) else { break };
            if tap == Tap::WrongCompany && point.block.is_some() {
                continue;
            }
            let mut feedback = hear_back.feedback(digest, (point, pointed), tap)?;
            feedback.note = note;
            self.store.hear_back(&feedback)?;
            taps.push((tap, pointed.words().text.clone()));
        }
        if taps.is_empty() && note.is_none() {
            return Ok(Answered::Left("it says nothing of its own"));
        }
        Ok(Answered::Kept { reader: reader.id.clone(), taps, note: note.is_some() })
    }
}

/// What the first line of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    tap: Option<Tap>,
    /// It asks for no more digests.
    is_end: bool,
    /// The numbers of points it names, from 1.
    numbers: Vec<usize>,
    /// What else stands there: the name of an account.
    words: String,
}

/// What people write for each tap; the longer before what it ends with.
const SPOKEN: [(&str, Tap); 14] = [
    ("not useful", Tap::NotUseful),
    ("not used", Tap::NotUseful),
    ("no use", Tap::NotUseful),
    ("customer disagreed", Tap::Disagreed),
    ("disagreed", Tap::Disagreed),
    ("customer agreed", Tap::Agreed),
    ("agreed", Tap::Agreed),
    ("wrong company", Tap::WrongCompany),
    ("i heard this too", Tap::HeardToo),
    ("heard this too", Tap::HeardToo),
    ("heard it too", Tap::HeardToo),
    ("heard too", Tap::HeardToo),
    ("used it", Tap::Used),
    ("used", Tap::Used),
];

/// Words that end the mails, where they stand alone.
const ENDS: [&str; 3] = ["unsubscribe", "stop", "no more"];

impl Said {
    /// None where the line is none of the answers we know: then it is a note.
    fn of(line: &str) -> Option<Self> {
        let lower = bare(line);
        if ENDS.contains(&&*lower) {
            return Some(Self {
                tap: None,
                is_end: true,
                numbers: Vec::new(),
                words: String::new(),
            });
        }
        let (rest, tap) = SPOKEN.into_iter().find_map(|(spoken, tap)| {
            let after = lower.strip_prefix(spoken);
            let after = after.filter(|rest| rest.is_empty() || rest.starts_with(' '));
            // "2 used".
            let before = lower.strip_suffix(spoken).filter(|rest| is_numbers(rest));
            Some((after.or(before)?.trim(), tap))
        })?;
        let mut numbers = Vec::new();
        let mut words = Vec::new();
        for word in rest.split(' ').filter(|word| !matches!(*word, "" | "and" | "point" | "no")) {
            match word.parse() {
                Ok(number) => numbers.push(number),
                Err(_) => words.push(word),
            }
        }
        let said = Self { tap: Some(tap), is_end: false, numbers, words: words.join(" ") };
        // "Used to be cheaper at Acme" is a sentence.
        (said.numbers.is_empty() || said.words.is_empty()).then_some(said)
    }

    /// The points it is of: by number as the text counts them, by an account's name, or the only one.
    fn points<'d>(&self, digest: &'d Digest) -> Vec<(PointRef, Pointed<'d>)> {
        let all: Vec<_> = digest.pointed().collect();
        if !self.words.is_empty() {
            let is_named = |of: &&(PointRef, Pointed<'_>)| {
                of.1.account().is_some_and(|account| bare(account) == self.words)
            };
            return all.iter().filter(is_named).copied().collect();
        }
        let points: Vec<_> = all.iter().filter(|(point, _)| point.block.is_some()).collect();
        if self.numbers.is_empty() {
            return if let [only] = all.as_slice() { vec![*only] } else { Vec::new() };
        }
        let numbered = |number: &usize| points.get(number.checked_sub(1)?).map(|point| **point);
        self.numbers.iter().filter_map(numbered).collect()
    }
}

/// Whether a line begins like an answer, though it is none we understand: it names no point that is there.
fn is_for_us(line: &str) -> bool {
    let lower = bare(line);
    let begins = |spoken: &str| {
        lower.strip_prefix(spoken).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let is_short = lower.split(' ').count() <= WORDS_OF_AN_ANSWER;
    is_short
        && (SPOKEN.iter().any(|(spoken, _)| begins(spoken)) || ENDS.iter().any(|end| begins(end)))
}

/// The text of a mail; of one in HTML alone, a line for each of its blocks.
fn text_of(mail: &Message<'_>) -> String {
    let is_html = mail.text_body.first().is_some_and(|part| {
        let part = mail.parts.get(*part as usize);
        part.is_some_and(|part| matches!(part.body, PartType::Html(_)))
    });
    match mail.body_html(0).filter(|_| is_html) {
        Some(html) => html_to_text(&lines_of_blocks(&html)),
        None => mail.body_text(0).unwrap_or_default().into_owned(),
    }
}

/// Breaks before and after blocks, which mail programs write a line in.
fn lines_of_blocks(html: &str) -> String {
    ["<div", "</div>", "<DIV", "</DIV>", "<blockquote", "</blockquote>", "<li"]
        .iter()
        .fold(html.to_owned(), |html, block| html.replace(block, &format!("<br>{block}")))
}

/// A line in lower case, without the marks people set or leave out.
fn bare(line: &str) -> String {
    let lower = line.to_lowercase().replace(['#', ',', ':', ';', '.', '!', '(', ')'], " ");
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_numbers(text: &str) -> bool {
    !text.trim().is_empty() && text.split_whitespace().all(|word| word.parse::<usize>().is_ok())
}

/// Whether a machine wrote it (RFC 3834, and what others set): nobody sits behind it.
fn is_automatic(mail: &Message<'_>) -> bool {
    let says = |name: &str| mail.header_raw(name).map(|value| value.trim().to_ascii_lowercase());
    says("Auto-Submitted").is_some_and(|value| !value.starts_with("no"))
        || says("Precedence").is_some_and(|value| {
            ["bulk", "junk", "list", "auto_reply"].iter().any(|word| value.starts_with(word))
        })
        || ["X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress", "List-Id"]
            .iter()
            .any(|name| says(name).is_some())
        || says("Return-Path").is_some_and(|value| value == "<>")
        || says("Content-Type").is_some_and(|value| value.starts_with("multipart/report"))
        || mail.subject().is_some_and(|subject| {
            let subject = subject.trim().to_lowercase();
            ["automatic reply", "out of office", "autoreply", "auto-reply", "abwesenheit"]
                .iter()
                .any(|begin| subject.starts_with(begin))
        })
}

/// Whether it says that it is from this reader; one of whom no address is known may write from any.
fn is_from(mail: &Message<'_>, reader: &Reader) -> bool {
    let Some(known) = &reader.email else { return true };
    let from = mail.from().and_then(|from| from.first()).and_then(|from| from.address());
    from.is_some_and(|from| from.trim().eq_ignore_ascii_case(known.trim()))
}

/// Whether a mail program sent it for whoever wants no more (the `mailto:` of List-Unsubscribe).
fn signs_off(mail: &Message<'_>) -> bool {
    mail.subject().is_some_and(|subject| {
        subject.split_whitespace().next().is_some_and(|first| first == "unsubscribe")
    })
}

/// What may be a tag: the parts of the ids it answers to, of the addresses it came to, and of the subject by
/// which a mail program signs off.
fn tags(mail: &Message<'_>) -> Vec<String> {
    let mut found: Vec<&str> = Vec::new();
    for value in [mail.in_reply_to(), mail.references()] {
        match value {
            HeaderValue::Text(id) => found.push(id),
            HeaderValue::TextList(ids) => found.extend(ids.iter().rev().map(AsRef::as_ref)),
            _ => {}
        }
    }
    let to = mail.to().into_iter().chain(mail.cc()).flat_map(mail_parser::Address::iter);
    found.extend(to.filter_map(mail_parser::Addr::address));
    found
        .extend(["Delivered-To", "X-Original-To"].iter().filter_map(|name| mail.header_raw(*name)));
    if signs_off(mail) {
        found.extend(mail.subject().unwrap_or_default().split_whitespace().skip(1));
    }
    let parts = found.into_iter().take(TAGS).flat_map(|word| {
        let local = word.trim().trim_start_matches('<').split('@').next().unwrap_or_default();
        local.split(['+', '.']).rev().take(2)
    });
    parts.map(str::to_owned).collect()
}

/// What somebody wrote above what they quote, and above their name.
fn own_words(text: &str) -> String {
    let mut own: Vec<&str> = Vec::new();
    let end = text.char_indices().nth(TEXT_CHARS).map_or(text.len(), |(at, _)| at);
    let lines: Vec<&str> = text[..end].lines().map(str::trim_end).collect();
    for (at, line) in lines.iter().enumerate() {
        let bare = line.trim();
        if bare.starts_with('>') {
            continue;
        }
        let next = lines.get(at + 1).map(|line| line.trim()).unwrap_or_default();
        if *line == "--" || is_end(bare, next) {
            break;
        }
        own.push(bare);
    }
    own.join("\n").trim().to_owned()
}

/// Whether a line begins what is quoted, or what a program adds. "On Monday Ada wrote:" may take two lines.
fn is_end(line: &str, next: &str) -> bool {
    let lower = line.to_lowercase();
    let is_said = |line: &str| {
        // The name may stand behind it: "Am 23.11.2026 um 07:00 schrieb Overheard <o@x.example>:".
        let says = ["wrote", "schrieb", "a écrit", "escribió", "ha scritto", "escreveu", "schreef"];
        line.ends_with(':') && says.iter().any(|said| line.contains(said))
    };
    let begins = ["on ", "am ", "le ", "el ", "il ", "em ", "op "]
        .iter()
        .any(|begin| lower.starts_with(begin));
    (begins && (is_said(&lower) || is_said(&next.to_lowercase())))
        || lower.starts_with("-----original message")
        || lower.starts_with("from: ")
        || lower.starts_with("von: ")
        || ["sent from my ", "von meinem ", "gesendet von ", "envoyé de mon ", "enviado desde mi "]
            .iter()
            .any(|begin| lower.starts_with(begin))
        || lower.starts_with("get outlook for")
        || (line.len() >= 10 && line.bytes().all(|byte| byte == b'_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn says(line: &str) -> (Tap, Vec<usize>, String) {
        let said = Said::of(line).unwrap();
        (said.tap.unwrap(), said.numbers, said.words)
    }

    #[test]
    fn the_first_line_says_which_tap_and_which_point() {
        assert_eq!(says("Used 2"), (Tap::Used, vec![2], String::new()));
        assert_eq!(says("2 used"), (Tap::Used, vec![2], String::new()));
        assert_eq!(says("used it: #1, #3."), (Tap::Used, vec![1, 3], String::new()));
        assert_eq!(says("Not useful 1 and 2"), (Tap::NotUseful, vec![1, 2], String::new()));
        assert_eq!(says("AGREED"), (Tap::Agreed, vec![], String::new()));
        assert_eq!(says("customer disagreed 4"), (Tap::Disagreed, vec![4], String::new()));
        assert_eq!(says("wrong company Acme Ltd."), (Tap::WrongCompany, vec![], "acme ltd".into()));
        assert_eq!(says("Heard this too 1"), (Tap::HeardToo, vec![1], String::new()));
        assert!(Said::of("unsubscribe").unwrap().is_end);
    }

    #[test]
    fn a_sentence_that_begins_like_an_answer_is_a_note() {
        assert_eq!(Said::of("Used to pay 3 times as much elsewhere"), None);
        assert_eq!(Said::of("They told me the same at lunch."), None);
        assert_eq!(Said::of("usedful"), None);
        assert_eq!(Said::of(""), None);
    }

    #[test]
    fn what_is_quoted_and_what_a_program_adds_is_cut() {
        let mail = "agreed 2\n\nThey pay more, too.\n-- \nAda\nOn Monday x wrote:\n> used 1";
        assert_eq!(own_words(mail), "agreed 2\n\nThey pay more, too.");
        let folded = "used 1\n\nOn Sun, 22 Nov 2026 at 07:00, Overheard <o@x.example>\nwrote:\n> x";
        assert_eq!(own_words(folded), "used 1");
        assert_eq!(own_words("used 1\n\nSent from my phone"), "used 1");
        assert_eq!(own_words("> all of it\n> quoted"), "");
        let german = "used 1\n\nAm 23.11.2026 um 07:00 schrieb Overheard <o@x.example>:\n> x";
        assert_eq!(own_words(german), "used 1");
        assert_eq!(own_words("used 1\n\nVon meinem iPhone gesendet"), "used 1");
    }

    #[test]
    fn a_line_meant_for_us_is_known_by_how_it_begins_and_by_its_length() {
        for line in [
            "wrong company Polarhaul",
            "Wrong company: Frostline",
            "not useful 9",
            "unsubscribe please do it",
        ] {
            assert!(is_for_us(line), "{line}");
        }
        for line in
            ["Used to pay 3 times as much elsewhere", "They stopped buying from us", "usedful"]
        {
            assert!(!is_for_us(line), "{line}");
        }
    }

    #[test]
    fn a_mail_in_html_alone_has_a_line_a_block() {
        let mail = "From: a@x.example\r\nContent-Type: text/html\r\n\r\n\
            <html><body><div>used 1</div><div>Marvel &amp; co</div><p>said so</p></body></html>";
        let mail = MessageParser::default().parse(mail).unwrap();
        let text = own_words(&text_of(&mail));
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(lines, ["used 1", "Marvel & co", "said so"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text in "\\PC{0,300}|[>a\n -]{0,300}") {
            let own = own_words(&text);
            let _ = Said::of(own.lines().next().unwrap_or_default());
            prop_assert!(own.len() <= text.len() + 1);
        }
    }
}
