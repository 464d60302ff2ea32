//! What speaks for a name being the account's: how it is written, and what stands beside it.
//!
//! A name of its own needs nothing more. An English word needs support: a legal form, a company's
//! verbs or nouns beside it, what it is (“Box, the storage firm”), a place in a sentence where
//! companies stand. Each adds to the score; the weights were tuned on one half of
//! tests/fixtures/accounts and are reported on the other.

use super::company_words::{
    CAPITALISED, CONTEXT, DETERMINERS, FRAMES, JOINED, KINDS, OBJECTS, OPENERS, VERBS, WILL,
};
use super::names::{Form, Kind, is_legal};

/// Bytes on each side of a name that are looked at: a long line does not cost more than a short one.
const LOOK: usize = 160;

/// Words of a clause behind a name in which it says what it is.
const APPOSITION: usize = 9;

/// Words that may stand between a name and what it does.
const BETWEEN: [&str; 14] = [
    "has",
    "have",
    "had",
    "is",
    "was",
    "will",
    "just",
    "today",
    "also",
    "now",
    "recently",
    "still",
    "reportedly",
    "to",
];

/// What is said of a service.
const STATES: [&str; 5] = ["down", "unavailable", "unreachable", "degraded", "offline"];

/// Where shares are traded.
const EXCHANGES: [&str; 8] =
    ["(nyse", "(nasdaq", "(lse", "(otc", "(tsx", "(asx", "(ticker", "(euronext"];

/// What words alone can say for a name: its own link says more.
const SUREST: f32 = 0.88;

/// How much caution a name that is an English word is met with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caution {
    /// It needs support.
    #[default]
    Usual,
    /// It is taken for what any name is: to measure what caution is worth.
    None,
}

/// A name in a text, with the words on both sides of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) words: &'a str,
    before: &'a str,
    after: &'a str,
}

/// What a name's writing and its neighbours say.
#[derive(Debug, Clone)]
pub(super) struct Weighed {
    pub(super) score: f32,
    /// It needs support to be a name at all.
    pub(super) common: bool,
    /// It may as well be somebody or something else.
    pub(super) doubtful: bool,
    pub(super) reasons: Vec<String>,
}

impl<'a> Place<'a> {
    /// The place of `range` in `text`, which holds it.
    pub(super) fn of(text: &'a str, range: std::ops::Range<usize>, words: &'a str) -> Self {
        let mut from = range.start.saturating_sub(LOOK);
        let mut until = range.end.saturating_add(LOOK).min(text.len());
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        while !text.is_char_boundary(until) {
            until += 1;
        }
        let before = text.get(from..range.start).unwrap_or_default();
        let after = text.get(range.end..until).unwrap_or_default();
        Self { words, before, after }
    }

    fn next(&self) -> &'a str {
        self.after.split_whitespace().next().unwrap_or_default()
    }

    fn next_touches(&self) -> bool {
        self.after.starts_with(char::is_whitespace)
    }

    fn previous(&self) -> &'a str {
        self.before.split_whitespace().next_back().unwrap_or_default()
    }

    fn starts_sentence(&self) -> bool {
        self.before
            .trim_end_matches([' ', '"', '“', '(', '‘', '\'', '\u{a0}', '#', '@', '$', '*', '>'])
            .chars()
            .next_back()
            .is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '\n' | '\r' | '•' | '…' | '|'))
    }

    /// Whether capitals mean nothing here: a headline, or shouting.
    fn is_in_title_case(&self) -> bool {
        let before = self.before.split_whitespace().rev().take(6);
        let (mut long, mut capitals) = (0, 0);
        for word in before.chain(self.after.split_whitespace().take(6)) {
            if word.chars().count() > 3 {
                long += 1;
                let first = word.chars().find(|c| c.is_alphabetic());
                capitals += usize::from(first.is_some_and(char::is_uppercase));
            }
        }
        long >= 3 && capitals * 4 >= long * 3
    }

    /// Whether it is a part of an address: `https://elsewhere.example/acme`, `acme.example`.
    fn is_in_address(&self) -> bool {
        let head = match self.before.chars().next_back() {
            Some(c) if !c.is_whitespace() => self.previous(),
            _ => "",
        };
        let mut tail = self.after.chars();
        let is_host =
            tail.next() == Some('.') && tail.next().is_some_and(|c| c.is_ascii_lowercase());
        let is_mailbox = self.after.starts_with('@');
        head.contains("://")
            || head.starts_with("www.")
            || head.ends_with('.') && head.chars().nth(1).is_some()
            || head.contains('@') && head.len() > 1
            || is_host
            || is_mailbox
    }
}

/// How sure it is that the name is the account's, before what the account does is asked.
pub(super) fn weigh(form: Form, place: Place<'_>, caution: Caution) -> Weighed {
    let kind = match (form.kind, caution) {
        (Kind::Common | Kind::Acronym, Caution::None) => Kind::Distinctive,
        (kind, _) => kind,
    };
    let words = place.words;
    let capital = words.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit());
    let tag = place.before.chars().next_back().filter(|c| matches!(c, '@' | '#' | '$'));
    let loud = place.is_in_title_case();
    let opens = place.starts_sentence();
    // “Sap” and “ge” are none of “SAP” and “GE”.
    let small = kind == Kind::Acronym
        && words
            .trim_end_matches("'s")
            .trim_end_matches("\u{2019}s")
            .chars()
            .any(char::is_lowercase);
    let common = matches!(kind, Kind::Common | Kind::Function) || small;
    let mut weighed = Weighed { score: 0.0, common, doubtful: common, reasons: Vec::new() };
    if place.is_in_address() {
        weighed.score = if common { 0.0 } else { 0.3 };
        weighed.reasons.push("in an address".to_owned());
        return weighed;
    }
    weighed.score = match kind {
        Kind::Function if capital => 0.05,
        Kind::Function => 0.0,
        Kind::Acronym if small => {
            if capital {
                0.2
            } else {
                0.0
            }
        }
        Kind::Distinctive | Kind::Acronym => match (capital || tag.is_some(), form.several_words) {
            (true, true) => 0.85,
            (true, false) => 0.8,
            (false, true) => 0.7,
            (false, false) => 0.6,
        },
        Kind::Common => common_score(form, place, capital || tag == Some('#'), opens, loud),
    };
    if common && matches!(tag, Some('@' | '$')) && kind != Kind::Function {
        weighed.score = 0.8;
        weighed.reasons.push("written as a handle or ticker".to_owned());
    }
    let is_shouted = words.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
    if weighed.score > 0.0 {
        support(&mut weighed, place, capital, loud && !is_shouted, form.several_words);
    }
    weighed
}

fn common_score(form: Form, place: Place<'_>, capital: bool, opens: bool, loud: bool) -> f32 {
    if !capital {
        return 0.12;
    }
    let words = || {
        let is_joint = |word: &&str| !matches!(*word, "and" | "of" | "the" | "&" | "for" | "in");
        place.words.split_whitespace().filter(is_joint)
    };
    let all_capital =
        words().all(|word| word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric()));
    let bare = place.words.trim_end_matches(['\'', '\u{2019}', 's']).to_lowercase();
    let has_other_capital = |word: &str| CAPITALISED.contains(&word);
    match (form.several_words && all_capital, loud, opens) {
        (true, false, _) => 0.6,
        (true, true, _) => 0.45,
        (false, ..) if is_calendar(&bare) => 0.2,
        (false, ..)
            if has_other_capital(&bare) || has_other_capital(&place.words.to_lowercase()) =>
        {
            if opens || loud {
                0.3
            } else {
                0.36
            }
        }
        (false, false, false) => 0.5,
        (false, ..) => 0.36,
    }
}

fn is_calendar(word: &str) -> bool {
    const DAYS: [&str; 7] =
        ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    DAYS.contains(&word) || MONTHS.contains(&word)
}

/// What stands beside the name.
fn support(weighed: &mut Weighed, place: Place<'_>, capital: bool, loud: bool, several: bool) {
    let next = place.next();
    let bare_next = bare(next);
    let previous = bare(place.previous());
    let next_is_capital = next.starts_with(char::is_uppercase);
    let genitive = place.words.ends_with("'s") || place.words.ends_with("\u{2019}s");
    let mut add = |weight: f32, reason: String| {
        weighed.score += weight;
        weighed.reasons.push(reason);
    };
    let mut supported = false;
    if place.next_touches() || place.after.starts_with(", ") {
        let form = next_word(place.after.trim_start_matches(','));
        if is_legal(form) && form.starts_with(char::is_uppercase) {
            add(0.3, format!("followed by “{}”", form.trim_end_matches([',', ';', ')'])));
            supported = true;
        }
    }
    if let Some(said) = does_what_companies_do(place) {
        add(0.22, format!("followed by “{said}”"));
        supported = true;
    }
    if JOINED.iter().any(|joined| place.after.starts_with(joined))
        || place.before.ends_with("ex-")
        || place.before.ends_with("Ex-")
    {
        add(0.22, "joined to another name".to_owned());
        supported = true;
    }
    if let Some(said) = says_what_it_is(place) {
        add(0.26, format!("called “{said}”"));
        supported = true;
    }
    let lower_after =
        place.after.get(..24.min(place.after.len())).unwrap_or_default().to_lowercase();
    if EXCHANGES.iter().any(|exchange| lower_after.trim_start().starts_with(exchange)) {
        add(0.4, "followed by its ticker".to_owned());
        supported = true;
    }
    let noun = company_noun(place);
    if let Some(noun) = &noun {
        let next = place.next_touches() && bare_next == *noun;
        add(if genitive || next { 0.2 } else { 0.1 }, format!("beside “{noun}”"));
        supported = true;
    }
    let framed = FRAMES.contains(&previous.as_str())
        || previous == "to" && moves_to(place.before)
        || previous == "of"
            && place
                .before
                .split_whitespace()
                .rev()
                .nth(1)
                .is_some_and(|word| CONTEXT.contains(&bare(word).as_str()));
    let is_determined = DETERMINERS.contains(&previous.as_str());
    // A thing would have its article: “the box's lid”, but “Box's founder”.
    if weighed.common && capital && genitive && !is_determined && !is_day(place.words) && !supported
    {
        weighed.score += 0.16;
        weighed.reasons.push("has something, as a name does".to_owned());
    }
    if weighed.common && capital && framed && !loud {
        weighed.score += if previous == "by" && is_done(place.before) { 0.22 } else { 0.12 };
        weighed.reasons.push(format!("after “{previous}”"));
    }
    // The names of others.
    let names_more = place.next_touches()
        && !loud
        && capital
        && next_is_capital
        && !supported
        && next != "I"
        && !CONTEXT.contains(&bare_next.as_str());
    if names_more {
        weighed.score -= if several { 0.1 } else { 0.2 };
    }
    if weighed.common && capital && !several {
        let noun_follows = place.next_touches() && noun.as_ref() == Some(&bare_next);
        weighed.score -= against(place, supported, noun_follows, loud);
    }
    if weighed.common && capital && !supported && is_described(place.before) {
        weighed.score -= 0.15;
    }
    weighed.doubtful = weighed.common && !supported || names_more;
    weighed.score = weighed.score.min(SUREST);
    weighed.score = weighed.score.max(0.0);
}

/// What stands against a capital: “Fiona Apple announces a tour”, “the Box”.
fn against(place: Place<'_>, supported: bool, noun_follows: bool, loud: bool) -> f32 {
    let previous = bare(place.previous());
    let mut against = 0.0;
    let touching = place.before.ends_with(char::is_whitespace);
    let name = place.previous();
    let is_name = name.starts_with(char::is_uppercase)
        && name.ends_with(char::is_alphanumeric)
        && name.chars().any(char::is_lowercase)
        && !CONTEXT.contains(&previous.as_str())
        && !KINDS.contains(&previous.as_str())
        && !FRAMES.contains(&previous.as_str())
        && !DETERMINERS.contains(&previous.as_str());
    let opens =
        Place { before: place.before.trim_end().strip_suffix(name).unwrap_or_default(), ..place }
            .starts_sentence();
    // “Fiona Apple announces a tour”.
    let is_given = name.chars().count() > 3
        && (!supported
            || !OPENERS.contains(&previous.as_str())
                && !previous.ends_with("ing")
                && !previous.ends_with("ly"));
    let is_product = is_owned(place) && supported;
    if touching && is_name && !is_product && !loud && (!opens || is_given) {
        against += 0.25;
    }
    if touching && DETERMINERS.contains(&previous.as_str()) && !noun_follows {
        against += 0.25;
    }
    against
}

/// “a clean”: an article and a word of small letters before a name make a thing of it.
fn is_described(before: &str) -> bool {
    let mut words = before.split_whitespace().rev();
    let (Some(word), Some(article)) = (words.next(), words.next()) else { return false };
    let is_word = word.chars().all(char::is_lowercase);
    let joins = matches!(word, "of" | "and" | "or" | "to" | "at" | "by" | "from" | "with" | "in");
    is_word && !joins && DETERMINERS.contains(&bare(article).as_str())
}

/// “announced”, “has raised”, “is down”.
fn does_what_companies_do(place: Place<'_>) -> Option<String> {
    if !place.next_touches() {
        return None;
    }
    let mut words = place.after.split_whitespace().take(3).map(bare);
    let first = words.next()?;
    if VERBS.contains(&first.as_str()) {
        return Some(first);
    }
    let second = words.next()?;
    if matches!(first.as_str(), "will" | "to" | "would" | "may" | "could")
        && WILL.contains(&second.as_str())
    {
        return Some(format!("{first} {second}"));
    }
    if does_in_headline(place) {
        return Some(format!("{first} {second}"));
    }
    if matches!(first.as_str(), "is" | "was" | "went" | "keeps" | "has" | "been" | "still") {
        let third = words.next().unwrap_or_default();
        let state = [&second, &third].into_iter().find(|word| STATES.contains(&word.as_str()));
        if let Some(state) = state {
            return Some(format!("{first} {state}"));
        }
    }
    (BETWEEN.contains(&first.as_str()) && VERBS.contains(&second.as_str()))
        .then(|| format!("{first} {second}"))
}

/// “adds a fee”, “returns to profit”: a verb in a sentence that the name opens, with what follows verbs.
/// “Shell scripts are” is none.
fn does_in_headline(place: Place<'_>) -> bool {
    let mut words = place.after.split_whitespace();
    let (Some(verb), Some(object)) = (words.next(), words.next()) else { return false };
    let is_small = verb.chars().nth(3).is_some() && verb.chars().all(char::is_lowercase);
    let is_present = verb.ends_with('s') && !verb.ends_with("ss") && !verb.ends_with("us");
    let is_past =
        verb.ends_with("ed") || matches!(verb, "stole" | "took" | "lost" | "broke" | "sent");
    let object = bare(object);
    let has_object = OBJECTS.contains(&object.as_str())
        || is_present && object.starts_with(|c: char| c.is_ascii_digit());
    let opens = place.starts_sentence() || is_owned(place);
    opens && is_small && (is_present || is_past) && has_object
}

/// “Acme's”: whose it is stands before it.
fn is_owned(place: Place<'_>) -> bool {
    let owner = place.previous();
    owner.starts_with(char::is_uppercase) && (owner.ends_with("'s") || owner.ends_with("\u{2019}s"))
}

/// “owned by”, “built by”: before the last word stands what somebody did.
fn is_done(before: &str) -> bool {
    let word = before.split_whitespace().rev().nth(1).map(bare).unwrap_or_default();
    word.ends_with("ed")
        || matches!(word.as_str(), "bought" | "built" | "made" | "run" | "sold" | "led")
}

fn is_day(words: &str) -> bool {
    is_calendar(&bare(words))
}

/// “, the cloud storage firm” behind it, “chipmaker” before it.
fn says_what_it_is(place: Place<'_>) -> Option<String> {
    let previous = place.previous();
    let touching = place.before.ends_with(char::is_whitespace);
    if touching && KINDS.contains(&previous.replace('-', "").to_lowercase().as_str()) {
        return Some(previous.to_owned());
    }
    let clause = place.after.trim_start().strip_prefix([',', '(', '–', '—', '-'])?;
    let end = clause.find(['.', ';', '!', '?', '\n', ')']).unwrap_or(clause.len());
    let mut words = clause[..end].split_whitespace();
    let first = bare(words.next()?);
    let opens = matches!(
        first.as_str(),
        "a" | "an" | "the" | "which" | "whose" | "our" | "their" | "maker"
    );
    if first == "maker" {
        return Some(first);
    }
    // As far as the clause goes.
    let mut said = None;
    for word in words.take(APPOSITION) {
        let kind = bare(word).replace('-', "");
        if KINDS.contains(&kind.as_str()) {
            said = Some(bare(word));
            break;
        }
        if word.ends_with(',') {
            break;
        }
    }
    said.filter(|_| opens)
}

/// A company's noun among the three words on each side, within the clause.
fn company_noun(place: Place<'_>) -> Option<String> {
    let before = place.before.split_whitespace().rev().take(3);
    let before = before.take_while(|word| !ends_clause(word));
    let mut ended = place.after.starts_with(['.', ';', '!', '?']);
    let after = place.after.split_whitespace().take(3).take_while(|word| {
        let go_on = !ended;
        ended |= ends_clause(word);
        go_on
    });
    before.chain(after).map(bare).find(|word| CONTEXT.contains(&word.as_str()))
}

fn ends_clause(word: &str) -> bool {
    word.ends_with(['.', ';', '!', '?'])
}

/// “switched to”, “moved over to”.
fn moves_to(before: &str) -> bool {
    let mut words = before.split_whitespace().rev().skip(1).take(3).map(bare);
    words.any(|word| {
        matches!(
            word.as_str(),
            "switched"
                | "switch"
                | "switching"
                | "moved"
                | "moving"
                | "move"
                | "migrated"
                | "migrating"
                | "migrate"
                | "sold"
                | "paid"
                | "pay"
                | "subscribed"
                | "complained"
        )
    })
}

fn next_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

fn bare(word: &str) -> String {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("\u{2019}s")).unwrap_or(word);
    word.to_lowercase()
}
