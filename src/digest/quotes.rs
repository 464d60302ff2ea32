//! The words a digest shows: the claim, the quotes, the dissent. All verbatim.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use super::evidence::Voiced;
use super::rarity::{Rarity, Terms, used};
use super::{Heard, Sentence, dissent};
use crate::source::{Owner, Voice};
use crate::text::sentences::sentences;
use crate::text::words;
use crate::verdict::Band;

/// A passage is no longer than this: it is read at arm's length.
pub(super) const MAX_WORDS: usize = 40;
/// Nor than this: a word may be of any length.
const MAX_CHARS: usize = 320;
/// A shorter one says too little to stand alone.
const MIN_WORDS: usize = 6;
/// Up to so many words a claim reads well large.
const CLAIM_WORDS: usize = 28;
/// A claim of fewer words is a remark: it needs its neighbours to be understood.
const CLAIM_WORDS_AT_LEAST: usize = 9;
/// Sentences read of a text.
const SENTENCES: usize = 40;
/// Quotes shown with a point.
pub(super) const QUOTES: usize = 2;
/// Quotes to take in their stead where a reader has read them before.
const SPARE: usize = 4;
/// What a sentence that says nothing of what was asked weighs of one that says all.
const BESIDE_THE_QUESTION: f64 = 0.5;
/// Two sentences with this share of terms in common say one thing twice.
const SAME_WORDS: f64 = 0.6;

/// A sentence that begins with one of these leans on the one before it.
const LEANING: &[&str] = &[
    "this",
    "that",
    "these",
    "those",
    "it",
    "its",
    "it's",
    "he",
    "she",
    "they",
    "them",
    "his",
    "her",
    "their",
    "but",
    "and",
    "or",
    "so",
    "however",
    "also",
    "then",
    "thus",
    "therefore",
    "instead",
    "moreover",
    "still",
    "yet",
    "which",
    "because",
    "such",
    "nor",
    "otherwise",
    "meanwhile",
    "furthermore",
    "additionally",
    "hence",
    "both",
    "here",
    "again",
    "similarly",
    "finally",
    "secondly",
    "second",
    "third",
    "nevertheless",
    "besides",
];

/// Words that tell how a survey was made.
const METHOD: &[&str] = &[
    "n",
    "asked",
    "answered",
    "answers",
    "respondents",
    "responded",
    "response",
    "surveyed",
    "interviewed",
    "sample",
    "polled",
    "participants",
];

/// Standing phrases of sites, in lower case.
const BOILERPLATE: &[&str] = &[
    "subscribe",
    "newsletter",
    "click here",
    "read more",
    "sign up",
    "all rights reserved",
    "©",
    "follow us",
    "originally appeared",
    "originally published",
    "first appeared on",
    "cookie",
    "privacy policy",
    "terms of service",
    "this article",
    "this post",
    "in this episode",
    "sponsored",
    "advertisement",
    "register now",
    "learn more",
    "continue reading",
    "share this",
    "join us",
    "book a demo",
    "contact us",
    "photo by",
    "image:",
    "comments url",
    "points:",
    "about the author",
    "forward-looking statement",
    "table of contents",
    // What is said to whoever reads, to make them do something.
    "keep your account",
    "verify your",
    "your account has been",
    "your account will be",
    "your password",
    "log in to",
    "sign in to",
    "act now",
    "previous instructions",
    "dear reader",
    // What we say ourselves.
    "independent voices",
    "http://",
    "https://",
    "www.",
];

/// What the stories of a point have in common: the weight of each term in them.
#[derive(Debug)]
pub(super) struct Matter {
    weights: HashMap<String, f64>,
    /// What somebody asked for; nothing in a digest.
    asked: BTreeSet<String>,
}

impl Matter {
    /// Terms weigh by how many owners use them, and by how rare they are elsewhere.
    pub(super) fn of(stories: &[&Voiced], rarity: &Rarity) -> Self {
        let headlines = stories.iter().filter_map(|story| story.lead().post.said.title.as_deref());
        let titled: Terms = headlines.flat_map(words::terms).collect();
        let owners = dissent::owners(stories).max(1) as f64;
        let weigh = |(term, used_by): (Cow<'_, str>, usize)| {
            let share = used_by as f64 / owners;
            let headline = if titled.contains(&term) { 1.5 } else { 1.0 };
            let weight = rarity.weight(&term) * share * share * headline;
            (term.into_owned(), weight)
        };
        Self { weights: used(stories).into_iter().map(weigh).collect(), asked: BTreeSet::new() }
    }

    /// The same, of which the terms somebody asked for weigh most.
    pub(super) fn towards(mut self, asked: &BTreeSet<String>, rarity: &Rarity) -> Self {
        for term in asked {
            let weight = self.weights.entry(term.clone()).or_default();
            *weight = weight.max(rarity.weight(term));
        }
        self.asked.clone_from(asked);
        self
    }

    /// How much of it a sentence says, for its length.
    fn of_sentence(&self, sentence: &str) -> f64 {
        let terms: BTreeSet<Cow<'_, str>> = words::terms(sentence).collect();
        let weight: f64 = terms.iter().filter_map(|term| self.weights.get(term.as_ref())).sum();
        let said = self.asked.iter().filter(|asked| terms.contains(asked.as_str())).count() as f64;
        let share = if self.asked.is_empty() { 1.0 } else { said / self.asked.len() as f64 };
        let answers = BESIDE_THE_QUESTION + (1.0 - BESIDE_THE_QUESTION) * share;
        answers * weight / (terms.len() as f64 + 4.0).powf(0.75)
    }
}

fn sentence(text: &str, story: &Voiced) -> Sentence {
    Sentence { text: text.to_owned(), post: story.lead().post.id }
}

/// The claim: the sentence that says most of what the stories have in common, and the story it is
/// from. A title, where no story has a sentence that can stand alone. None where all are silent.
pub(super) fn claim<'v, 'a>(
    stories: &[&'v Voiced<'a>],
    matter: &Matter,
) -> Option<(Sentence, &'v Voiced<'a>)> {
    most_central(stories, matter, |_| true)
        .or_else(|| stories.iter().find_map(|story| Some((plain_opening(story)?, *story))))
}

/// The same among the sentences that say that something is so; none where nobody says it plainly.
pub(super) fn plain_claim<'v, 'a>(
    stories: &[&'v Voiced<'a>],
    matter: &Matter,
) -> Option<(Sentence, &'v Voiced<'a>)> {
    most_central(stories, matter, |text| !dissent::is_turned(text))
}

fn most_central<'v, 'a>(
    stories: &[&'v Voiced<'a>],
    matter: &Matter,
    may: impl Fn(&str) -> bool,
) -> Option<(Sentence, &'v Voiced<'a>)> {
    let mut best: Option<(f64, &String, &Voiced)> = None;
    for story in stories {
        for (at, text) in story.passages().iter().enumerate().filter(|(_, text)| may(text)) {
            let length = text.split(' ').count();
            let mut score = matter.of_sentence(text) * (1.0 + 0.4 / (1.0 + at as f64));
            score *= if leans(text) { 0.5 } else { 1.0 };
            score *= if length > CLAIM_WORDS { 0.75 } else { 1.0 };
            score *= if length < CLAIM_WORDS_AT_LEAST { 0.7 } else { 1.0 };
            // A vendor's own words sell; others' words persuade.
            score *= if story.voice == Voice::Vendor { 0.8 } else { 1.0 };
            if best.as_ref().is_none_or(|(known, ..)| score > *known) {
                best = Some((score, text, story));
            }
        }
    }
    best.map(|(_, text, story)| (sentence(text, story), story))
}

/// Quotes by owners other than the claim's and each other's, of several kinds of voice where there are any:
/// the best [`QUOTES`], and some to spare.
pub(super) fn quotes(
    stories: &[&Voiced],
    matter: &Matter,
    claim: &Sentence,
    by: &Owner,
) -> Vec<Sentence> {
    let mut found: Vec<(f64, Sentence, &Voiced)> = Vec::new();
    for story in stories.iter().filter(|story| story.owner != *by) {
        for text in story.passages() {
            if leans(text) || alike(text, &claim.text) >= SAME_WORDS {
                continue;
            }
            let score = matter.of_sentence(text) * colour(text);
            found.push((score, sentence(text, story), story));
        }
    }
    found.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| (a.1.post, &a.1.text).cmp(&(b.1.post, &b.1.text)))
    });
    let mut chosen: Vec<(Sentence, &Voiced)> = Vec::new();
    // First a voice not heard yet, then whoever is left.
    for other_voice_only in [true, false] {
        for (_, sentence, story) in &found {
            let fits = chosen.iter().all(|(said, known)| {
                known.owner != story.owner
                    && (!other_voice_only || known.voice != story.voice)
                    && alike(&said.text, &sentence.text) < SAME_WORDS
            });
            if chosen.len() < QUOTES + SPARE && fits {
                chosen.push((sentence.clone(), story));
            }
        }
    }
    chosen.into_iter().map(|(sentence, _)| sentence).collect()
}

/// How a survey was made, in its own words: the first passage that says how many were asked.
pub(super) fn method(survey: &Voiced, claim: &Sentence) -> Option<Sentence> {
    let tells = |text: &str| {
        text.chars().any(|c| c.is_ascii_digit())
            && words::folded(text).any(|word| METHOD.contains(&word.as_ref()))
            && !claim.text.contains(text)
            && !text.contains(&claim.text)
    };
    let text = survey.passages().iter().find(|text| tells(text))?;
    Some(sentence(text, survey))
}

/// The strongest dissent: the sentence of those against it that denies most plainly what the claim
/// says; or says it plainly, where the claim is that something is not so.
pub(super) fn strongest_dissent(stories: &[&Voiced], claim: &str) -> Option<Sentence> {
    let matter: Terms = words::terms(claim).collect();
    let is_turned = dissent::is_turned(claim);
    let mut best: Option<(f64, Sentence)> = None;
    for story in stories {
        for text in story.passages() {
            let terms: Terms = words::terms(text).collect();
            let about = terms.intersection(&matter).count() as f64;
            let plain = if is_turned {
                if dissent::is_turned(text) { 0.0 } else { 2.0 }
            } else if dissent::denies(text) {
                3.0
            } else if dissent::negates_of(text, &matter) {
                1.5
            } else {
                0.0
            };
            let score = (plain + about) * if leans(text) { 0.6 } else { 1.0 };
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, sentence(text, story)));
            }
        }
    }
    let in_words = best.map(|(_, sentence)| sentence);
    in_words.or_else(|| stories.iter().find_map(|story| plain_opening(story)))
}

/// The sentence that says most of an account, by what each story calls it: one that names it or has a
/// number, of the story with the surest signal before others. A vendor's own words only where nobody else has
/// any, and the opening of a text only where no sentence can be shown.
pub(super) fn telling(stories: &[(&Voiced, &str)]) -> Option<Sentence> {
    let mut best: Option<(f64, Sentence)> = None;
    for (story, mention) in stories {
        let signals = story.lead().verdict.signals.iter().filter(|s| s.band == Band::Yes);
        let sureness = signals.map(|signal| signal.score).fold(0.0, f32::max);
        for (at, text) in story.passages().iter().enumerate() {
            let mut score = 1.0 / (1.0 + at as f64);
            score += if text.contains(mention) { 2.0 } else { 0.0 };
            score += if text.chars().any(|c| c.is_ascii_digit()) { 1.0 } else { 0.0 };
            score += 1.5 * f64::from(sureness);
            score -= if leans(text) { 2.0 } else { 0.0 };
            score -= if story.voice == Voice::Vendor { 8.0 } else { 0.0 };
            if best.as_ref().is_none_or(|(known, _)| score > *known) {
                best = Some((score, sentence(text, story)));
            }
        }
    }
    let in_words = best.map(|(_, sentence)| sentence);
    in_words.or_else(|| stories.iter().find_map(|(story, _)| plain_opening(story)))
}

/// The opening that is told in place of a sentence: none with a standing phrase or an address in it, for it would
/// speak to whoever reads, with nothing around it.
fn plain_opening(story: &Voiced) -> Option<Sentence> {
    let is_plain =
        |sentence: &Sentence| !is_boilerplate(&sentence.text) && !has_address(&sentence.text);
    opening(story.lead()).filter(is_plain)
}

fn is_boilerplate(text: &str) -> bool {
    let lower = text.to_lowercase();
    BOILERPLATE.iter().any(|phrase| lower.contains(phrase))
}

/// Whether a word of it is a host, with or without a path: mail programs make a link of it.
fn has_address(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let host = word.trim_matches(|c: char| !c.is_alphanumeric());
        let (host, path) = host.split_once(['/', '?', '#', ':']).unwrap_or((host, ""));
        let Some((before, ending)) = host.rsplit_once('.') else { return false };
        let is_label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
        let is_host = before.chars().any(char::is_alphabetic) && before.chars().all(is_label);
        let is_ending = ending.len() >= 2 && ending.chars().all(char::is_alphabetic);
        let is_known =
            || psl::suffix(ending.to_lowercase().as_bytes()).is_some_and(|known| known.is_known());
        is_host && is_ending && (!path.is_empty() || is_known())
    })
}

/// The title, else the beginning of the text: verbatim, cut at a word. None where neither has a word.
pub(super) fn opening(heard: Heard) -> Option<Sentence> {
    let said = &heard.post.said;
    let has_words = |text: &&str| text.chars().any(char::is_alphanumeric);
    let title = said.title.as_deref().filter(has_words);
    let words = title.or_else(|| Some(said.text.as_str()).filter(has_words))?;
    let text = cut(&words::fold_space(words));
    Some(Sentence { text, post: heard.post.id })
}

/// The passages of a post that can be shown: sentences that are whole, of bearable length, no
/// question, heading, link or standing phrase; and a sentence together with the one that leans on it.
pub(super) fn passages(heard: Heard) -> Vec<String> {
    let text = heard.post.said.text.as_str();
    let all: Vec<&str> = sentences(text).into_iter().take(SENTENCES).collect();
    let mut found = Vec::new();
    for (at, sentence) in all.iter().enumerate() {
        let alone = words::fold_space(sentence);
        if !can_be_shown(&alone) {
            continue;
        }
        let next = all.get(at + 1).filter(|next| leans(next));
        let both = next.and_then(|next| together(text, sentence, next));
        found.extend(both.filter(|both| can_be_shown(both)));
        found.push(alone);
    }
    found
}

/// Two sentences as they stand in `text`, where nothing but white space is between them and both
/// are of one paragraph.
fn together(text: &str, sentence: &str, next: &str) -> Option<String> {
    let offset = |part: &str| part.as_ptr().addr().checked_sub(text.as_ptr().addr());
    let (from, until) = (offset(sentence)?, offset(next)? + next.len());
    let between = text.get(from + sentence.len()..offset(next)?)?;
    let one_paragraph = between.trim().is_empty() && between.matches('\n').count() < 2;
    one_paragraph.then(|| text.get(from..until).map(words::fold_space)).flatten()
}

fn can_be_shown(text: &str) -> bool {
    let length = text.split(' ').count();
    let bare = text.trim_end_matches(['"', '\'', '\u{201d}', '\u{2019}', '»', ')']);
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let small = text.chars().filter(|c| c.is_lowercase()).count();
    let all = text.chars().count();
    let balanced = text.matches('"').count().is_multiple_of(2)
        && text.matches('\u{201c}').count() == text.matches('\u{201d}').count();
    (MIN_WORDS..=MAX_WORDS).contains(&length)
        && all <= MAX_CHARS
        && bare.ends_with(['.', '!', '。', '！'])
        && !bare.ends_with("..")
        && text.chars().next().is_some_and(|c| !c.is_lowercase() && !"@#)]}".contains(c))
        && letters * 10 >= all * 6
        && (small * 2 >= letters || small == 0 && !text.is_ascii())
        && balanced
        && !text.chars().any(char::is_control)
        && !is_boilerplate(text)
}

/// Whether a sentence needs the one before it.
fn leans(text: &str) -> bool {
    words::folded(text).next().is_some_and(|first| LEANING.contains(&first.as_ref()))
}

/// People speaking of themselves, and numbers, make a quote worth repeating.
fn colour(text: &str) -> f64 {
    let personal =
        words::folded(text).any(|word| matches!(word.as_ref(), "we" | "our" | "i" | "my"));
    let counted = text.chars().any(|c| c.is_ascii_digit());
    1.0 + if personal { 0.25 } else { 0.0 } + if counted { 0.15 } else { 0.0 }
}

/// The share of terms two sentences have in common.
fn alike(a: &str, b: &str) -> f64 {
    let a: Terms = words::terms(a).collect();
    let b: Terms = words::terms(b).collect();
    let both = a.intersection(&b).count() as f64;
    both / (a.len().min(b.len()).max(1) as f64)
}

fn cut(text: &str) -> String {
    let mut kept = String::new();
    for word in text.split(' ').take(MAX_WORDS) {
        if kept.chars().count() + word.chars().count() >= MAX_CHARS {
            break;
        }
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    if kept.is_empty() { text.chars().take(MAX_CHARS).collect() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_headings_links_and_boilerplate_are_not_shown() {
        for text in [
            "Is your storage bill still growing every month?",
            "Five Ways To Cut Your Storage Bill Today",
            "Read the whole report at https://a.example/report.html today.",
            "Subscribe to our weekly newsletter for more of this.",
            "THE BILL DOUBLED AND NOBODY HERE KNOWS WHY IT DID.",
            "and then the bill doubled within one single month.",
            "The bill went up because of \"egress, they said.",
        ] {
            assert!(!can_be_shown(text), "{text}");
        }
        assert!(can_be_shown("Our storage bill doubled within one single month."));
    }

    #[test]
    fn the_beginning_is_cut_at_a_word_and_bounded() {
        assert_eq!(cut("one two"), "one two");
        assert_eq!(cut(&"word ".repeat(100)).split_whitespace().count(), MAX_WORDS);
        assert_eq!(cut(&"x".repeat(5_000)).chars().count(), MAX_CHARS);
    }
}
