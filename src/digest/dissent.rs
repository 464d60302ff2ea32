//! Dissent: who denies a claim, or feels the opposite, does not support it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use jiff::Timestamp;

use super::direction::Move;
use super::evidence::Voiced;
use super::rarity::{Terms, used};
use crate::post::Post;
use crate::source::Owner;
use crate::text::words;
use crate::verdict::SentimentLabel;

/// Phrases that contradict what others say, in folded words.
const DENIALS: &[&str] = &[
    "overblown",
    "overstated",
    "exaggerated",
    "overhyped",
    "not true",
    "isn't true",
    "untrue",
    "a myth",
    "no evidence",
    "simply wrong",
    "is wrong",
    "are wrong",
    "plain wrong",
    "disagree",
    "disagrees",
    "don't buy",
    "do not buy",
    "contrary to",
    "on the contrary",
    "quite the opposite",
    "the opposite is true",
    "opposite happened",
    "unlike most",
    "unlike others",
    "unlike everyone",
    "not seeing",
    "haven't seen",
    "have not seen",
    "hasn't seen",
    "didn't see",
    "did not see",
    "see no sign",
    "see no evidence",
    "saw no",
    "no sign of",
    "not our experience",
    "not my experience",
    "in our case not",
    "the reverse",
    "denies",
    "denied",
    "deny",
    "refutes",
    "disputes",
    "disputed",
    "debunked",
    "false claim",
    "misleading",
    "scaremongering",
    "don't believe",
    "do not believe",
    "not convinced",
    "unfounded",
    "nothing changed for us",
    "no such",
    "not what we",
    "can't confirm",
    "cannot confirm",
    "not the case",
    "isn't the case",
    "hasn't happened",
    "did not happen",
    "didn't happen",
    "panic is",
    "never happened",
    "not the problem",
    "isn't the problem",
    "price is fair",
    "unpopular opinion",
    "not too high",
    "isn't too high",
];

/// Phrases of who has undone it. They are said of many things, paper and pencil among them.
const REVERSALS: &[&str] = &["moved back", "went back to", "switched back", "reversed course"];

/// Terms a sentence with a reversal has in common with the others, to be one of what they talk about.
const REVERSAL_TERMS: usize = 2;

/// A denial of fewer terms leans on its neighbours: "I disagree."
const LONE_DENIAL: usize = 4;

/// Terms of a claim are those that one in so many of its owners uses, and at least two.
const COMMON_TO: usize = 4;

/// Words that turn a statement round.
const NEGATIONS: &[&str] =
    &["not", "no", "never", "none", "nobody", "nothing", "without", "cannot", "neither", "nor"];

/// Words before which "not" only adds to what is said: "not the only problem".
const ADDING: &[&str] = &["alone", "just", "merely", "only"];

/// Terms that a denial has in common with the claim it contradicts.
const CONTRADICTING_TERMS: usize = 2;

/// Words that begin a clause of their own.
const BEGINNING_A_CLAUSE: &[&str] = &["and", "because", "but", "so", "though", "when", "while"];

/// Sentences of a text in which a denial is looked for: what comes later is about something else.
pub(super) const SENTENCES: usize = 12;

/// A sentence that shares this share of the claim's terms is about the same thing.
const SAME_MATTER: f64 = 0.5;

/// Words behind which a sentence says what was so when something was not.
const ENDING_A_CLAUSE: &[&str] =
    &["after", "although", "before", "but", "once", "since", "though", "until", "when", "while"];

/// How long something was not so says nothing of what it was.
const UNITS_OF_TIME: &[&str] = &["day", "hour", "minute", "month", "week", "year"];

/// Bytes of a text that is skimmed for each claim before its sentences are found.
const SKIMMED: usize = 8192;

/// Terms that a sentence shorter than the claim has in common with it at least, to be about the same thing.
const SAME_TERMS: usize = 3;

/// A feeling the model is less sure of than this opposes nobody: sarcasm reads as praise.
pub(super) const SURE: f32 = 0.7;

/// A feeling is that of the claim where it is that of this share of those who make it.
const SHARED_FEELING: usize = 2;

/// Whether a sentence contradicts what others say.
pub(super) fn denies(sentence: &str) -> bool {
    let folded = padded(sentence);
    DENYING.is_match(&folded) || REVERSING.is_match(&folded)
}

/// Finds [`DENIALS`] in what [`padded`] gives; [`REVERSING`] finds [`REVERSALS`].
static DENYING: LazyLock<AhoCorasick> = LazyLock::new(|| search_for(DENIALS));
static REVERSING: LazyLock<AhoCorasick> = LazyLock::new(|| search_for(REVERSALS));

#[expect(clippy::expect_used, reason = "the phrases are constants, few and short")]
fn search_for(phrases: &[&str]) -> AhoCorasick {
    AhoCorasick::new(phrases.iter().map(|phrase| padded(phrase))).expect("few short phrases")
}

/// The folded words of a sentence, each between two spaces.
fn padded(sentence: &str) -> String {
    let mut padded = String::with_capacity(sentence.len() + 2);
    padded.push(' ');
    for word in words::folded(sentence) {
        padded.push_str(&word);
        padded.push(' ');
    }
    padded
}

/// Whether a post has the words of a denial, of whatever: most have none.
pub(super) fn may_deny(post: &Post) -> bool {
    post.said.title.as_deref().is_some_and(denies) || denies(&post.said.text)
}

fn title_and_beginning<'a>(story: &Voiced<'a>) -> impl Iterator<Item = &'a str> {
    let title = story.lead().post.said.title.as_deref();
    title.into_iter().chain(story.beginning())
}

/// What most of those who talk about one thing say of it, and feel.
#[derive(Debug)]
pub(super) struct Stance {
    /// The terms they have in common.
    matter: HashSet<String>,
    /// They are those who deny it.
    denying: bool,
    /// What they do not feel, where they share a feeling.
    opposite: Option<SentimentLabel>,
}

impl Stance {
    /// What most owners say is the claim; of equals, what is said plainly.
    pub(super) fn of(stories: &[&Voiced]) -> Self {
        let mut stance = Self { matter: matter(stories), denying: false, opposite: None };
        let (denying, saying): (Vec<_>, Vec<_>) =
            stories.iter().copied().partition(|story| stance.is_denied_by(story));
        stance.denying = owners(&denying) > owners(&saying);
        let support = if stance.denying { denying } else { saying };
        let feel = |label: SentimentLabel| {
            let alike: Vec<&Voiced> =
                support.iter().copied().filter(|story| story.feeling() == label).collect();
            owners(&alike)
        };
        let (well, badly) = (feel(SentimentLabel::Positive), feel(SentimentLabel::Negative));
        let (most, opposite) = if well > badly {
            (well, SentimentLabel::Negative)
        } else {
            (badly, SentimentLabel::Positive)
        };
        if most * SHARED_FEELING > owners(&support) {
            stance.opposite = Some(opposite);
        }
        stance
    }

    /// Whether a story takes it, or else is against it.
    pub(super) fn is_shared_by(&self, story: &Voiced) -> bool {
        let against =
            self.opposite == Some(story.feeling()) && story.lead().verdict.sentiment.score >= SURE;
        self.is_denied_by(story) == self.denying && !against
    }

    /// Whether those who deny it are the most.
    pub(super) const fn is_denial(&self) -> bool {
        self.denying
    }

    /// Whether a story, too far from the others to be among them, denies what they say.
    pub(super) fn is_opposed_by(&self, story: &Voiced) -> bool {
        !self.denying && self.is_denied_by(story)
    }

    /// Whether a story contradicts what is said of the matter, in its title or its first sentences.
    pub(super) fn is_denied_by(&self, story: &Voiced) -> bool {
        if !story.may_deny() {
            return false;
        }
        let all: Vec<&str> = title_and_beginning(story).collect();
        (0..all.len()).any(|at| {
            let folded = padded(all[at]);
            let (denies, reverses) = (DENYING.is_match(&folded), REVERSING.is_match(&folded));
            if !denies && !reverses {
                return false;
            }
            let common = self.common(all[at]);
            let lone = words::terms(all[at]).count() < LONE_DENIAL;
            let near = &all[at.saturating_sub(1)..(at + 2).min(all.len())];
            let about =
                common > 0 || lone && near.iter().any(|neighbour| self.common(neighbour) > 0);
            (about && denies) || (common >= REVERSAL_TERMS && reverses)
        })
    }

    fn common(&self, sentence: &str) -> usize {
        let common = words::terms(sentence).filter(|term| self.matter.contains(term.as_ref()));
        common.collect::<Terms>().len()
    }
}

/// The terms that the owners of `stories` have in common.
fn matter(stories: &[&Voiced]) -> HashSet<String> {
    let all = owners(stories);
    let least = if all < 2 { 1 } else { all.div_ceil(COMMON_TO).max(2) };
    let common = used(stories).into_iter().filter(|(_, used_by)| *used_by >= least);
    common.map(|(term, _)| term.into_owned()).collect()
}

/// Puts each owner on one side, the one its latest story takes; at one moment, against.
pub(super) fn settle(support: &mut Vec<&Voiced>, against: &mut Vec<&Voiced>) {
    let mut last: BTreeMap<Owner, (Timestamp, bool)> = BTreeMap::new();
    let with = support.iter().map(|story| (story, false));
    for (story, is_against) in with.chain(against.iter().map(|story| (story, true))) {
        let latest = last.entry(story.owner.clone()).or_insert((story.when, is_against));
        *latest = (story.when, is_against).max(*latest);
    }
    let is_against = |story: &Voiced| last.get(&story.owner).is_some_and(|&(_, against)| against);
    support.retain(|story| !is_against(story));
    against.retain(|story| is_against(story));
}

/// A claim, as it is looked for in what others say.
#[derive(Debug)]
pub(super) struct Claimed<'c> {
    matter: Terms<'c>,
    /// Finds the terms wherever their letters stand; none where these may be written in other ways.
    letters: Option<AhoCorasick>,
    /// It says plainly that something is so.
    is_plain: bool,
}

impl<'c> Claimed<'c> {
    pub(super) fn of(claim: &'c str) -> Self {
        let matter: Terms = words::terms(claim).collect();
        let is_plain = |term: &Cow<str>| term.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let mut search = AhoCorasick::builder();
        let search = search.ascii_case_insensitive(true);
        let letters =
            matter.iter().all(is_plain).then(|| search.build(matter.iter().map(Cow::as_ref)));
        Self { letters: letters.and_then(Result::ok), matter, is_plain: !is_negated(claim) }
    }

    /// Whether a story says of the claim's matter that it is not so: a sentence near in its terms, with a negation
    /// where the claim has none.
    pub(super) fn is_negated_by(&self, story: &Voiced) -> bool {
        if self.matter.is_empty() || !self.is_plain {
            return false;
        }
        // What a text does not speak of none of its sentences does, and finding those costs more, but once only.
        let text = &story.lead().post.said.text;
        if !story.may_negate() || text.len() <= SKIMMED && !self.may_be_near(text) {
            return false;
        }
        // A text that also says it plainly supports it.
        let matching: Vec<&str> = story.beginning().filter(|said| self.is_near(said)).collect();
        !matching.is_empty() && matching.into_iter().all(|said| negates_of(said, &self.matter))
    }

    /// Whether a text has the terms that one of its sentences would need; first it is looked for their letters.
    fn may_be_near(&self, text: &str) -> bool {
        let least = (SAME_MATTER * self.matter.len() as f64).min(SAME_TERMS as f64);
        let has_letters = self.letters.as_ref().is_none_or(|letters| {
            has_so_many(least, letters.find_overlapping_iter(text).map(|term| term.pattern()))
        });
        has_letters
            && has_so_many(least, words::terms(text).filter(|term| self.matter.contains(term)))
    }

    /// Whether a sentence has half of the claim's terms, or, being shorter, half of its own in common with it.
    fn is_near(&self, said: &str) -> bool {
        let terms: Terms = words::terms(said).collect();
        let common = terms.intersection(&self.matter).count();
        let is_half = |of: &Terms| common as f64 >= SAME_MATTER * of.len() as f64;
        is_half(&self.matter)
            || common >= SAME_TERMS && terms.len() >= LONE_DENIAL && is_half(&terms)
    }
}

/// The stories whose owner says that what a claim says rises falls, or the other way round: by the latest of
/// the owner's stories that speaks of it.
pub(super) fn opposing<'v, 'a>(stories: &[&'v Voiced<'a>], claim: &str) -> Vec<&'v Voiced<'a>> {
    let Some(claimed) = Move::of(claim) else { return Vec::new() };
    let mut last: BTreeMap<&Owner, (Timestamp, bool)> = BTreeMap::new();
    for story in stories {
        if let Some(said) = goes(story, &claimed) {
            let side = (story.when, claimed.is_opposite(said));
            let latest = last.entry(&story.owner).or_insert(side);
            *latest = side.max(*latest);
        }
    }
    let opposes = |story: &&&Voiced| last.get(&story.owner).is_some_and(|(_, opposes)| *opposes);
    stories.iter().filter(opposes).copied().collect()
}

/// Whether a story itself says that what a claim says rises falls, or the other way round.
pub(super) fn is_opposite(story: &Voiced, claim: &str) -> bool {
    let claimed = Move::of(claim);
    claimed
        .is_some_and(|claimed| goes(story, &claimed).is_some_and(|said| claimed.is_opposite(said)))
}

/// Where a story says that what is claimed to go somewhere goes; none where it says that it went both ways.
fn goes<'s>(story: &'s Voiced, claimed: &Move) -> Option<&'s Move> {
    let mut said = story.moves().iter().filter(|said| claimed.is_of(said));
    let first = said.next()?;
    said.all(|other| !other.is_opposite(first)).then_some(first)
}

/// Whether there are at least so many different ones.
fn has_so_many<T: Ord>(least: f64, found: impl Iterator<Item = T>) -> bool {
    let mut different = BTreeSet::new();
    let mut found = found.map(|one| {
        different.insert(one);
        different.len()
    });
    found.any(|different| different as f64 >= least)
}

/// How many of the terms of a matter stand in a sentence.
fn common(sentence: &str, matter: &Terms) -> usize {
    words::terms(sentence).filter(|term| matter.contains(term)).collect::<Terms>().len()
}

/// Whether a sentence turns round what it says of a matter: the negation stands in a clause that speaks of it.
pub(super) fn negates_of(sentence: &str, matter: &Terms) -> bool {
    let parts = sentence.split([',', ';', ':', '(', ')', '\u{2013}', '\u{2014}']);
    parts.flat_map(clauses).any(|clause| {
        is_negated(&clause) && words::terms(&clause).any(|term| matter.contains(&term))
    })
}

/// The clauses of a part of a sentence, at the words that begin one.
fn clauses(part: &str) -> Vec<String> {
    let mut clauses = vec![String::new()];
    for word in part.split_whitespace() {
        if BEGINNING_A_CLAUSE.contains(&word.to_lowercase().as_str()) {
            clauses.push(String::new());
        } else if let Some(last) = clauses.last_mut() {
            *last += " ";
            *last += word;
        }
    }
    clauses
}

/// What a story denies: the terms of each sentence that says that something is not so, and of those beside it
/// where it says no more than that.
pub(super) struct Denials<'a>(Vec<Terms<'a>>);

impl<'a> Denials<'a> {
    pub(super) fn of(story: &Voiced<'a>) -> Self {
        let all: Vec<&str> = title_and_beginning(story).collect();
        let terms = |at: usize| {
            let lone = words::terms(all[at]).count() < LONE_DENIAL;
            let near =
                if lone { at.saturating_sub(1)..(at + 2).min(all.len()) } else { at..at + 1 };
            all[near].iter().flat_map(|sentence| words::terms(sentence)).collect()
        };
        Self((0..all.len()).filter(|at| denies(all[*at])).map(terms).collect())
    }

    /// Whether one of them is about what a claim says.
    pub(super) fn contradict(&self, claim: &Terms) -> bool {
        let least = CONTRADICTING_TERMS.min(claim.len());
        self.0.iter().any(|said| said.intersection(claim).count() >= least)
    }

    /// Whether one of them is about what those who make a claim head it with: words of their own, and not all of
    /// them say it as the sentence does that was chosen for it.
    pub(super) fn contradict_any(&self, headlines: &Headlines) -> bool {
        self.0.iter().any(|said| {
            let is_about = |headline: &Terms| {
                let common = said.intersection(headline).count();
                common >= CONTRADICTING_TERMS
                    && common as f64 >= SAME_MATTER * headline.len() as f64
            };
            headlines.0.iter().any(is_about)
        })
    }
}

/// What those who make a claim head it with.
pub(super) struct Headlines<'a>(Vec<Terms<'a>>);

impl<'a> Headlines<'a> {
    pub(super) fn of(stories: &[&Voiced<'a>]) -> Self {
        let titles = stories.iter().filter_map(|story| story.lead().post.said.title.as_deref());
        let different: BTreeSet<&str> = titles.collect();
        Self(different.into_iter().map(|title| words::terms(title).collect()).collect())
    }
}
/// Whether a story says plainly what a claim says is not so: a sentence of much the same terms without a
/// negation, where the claim has one.
pub(super) fn affirms(story: &Voiced, claim: &str) -> bool {
    let matter: Terms = words::terms(claim).collect();
    if matter.is_empty() || !is_turned(claim) {
        return false;
    }
    let turned = turned_terms(claim);
    let near = |sentence: &&str| {
        let terms: Terms = words::terms(sentence).collect();
        let common = terms.intersection(&matter).count() as f64;
        let says_it = turned.is_empty() || turned.iter().any(|term| terms.contains(term.as_str()));
        // The shorter of the two says all that is in question.
        says_it
            && common / matter.len().min(terms.len()).max(1) as f64 >= SAME_MATTER
            && terms.len() >= LONE_DENIAL
    };
    let matching: Vec<&str> = story.beginning().filter(near).collect();
    !matching.is_empty() && !matching.into_iter().any(is_turned)
}

/// The terms behind each negation of a sentence, as far as its clause goes: what it says is not so. What else it says
/// may be so, as that something was down is where somebody "could not sign in after it went down".
fn turned_terms(sentence: &str) -> BTreeSet<String> {
    let all: Vec<Cow<str>> = words::folded(sentence).collect();
    let behind = |at: usize| {
        let clause =
            all[at + 1..].iter().take_while(|word| !ENDING_A_CLAUSE.contains(&word.as_ref()));
        let terms = clause.filter_map(|word| words::terms(word).next().map(Cow::into_owned));
        terms.filter(|term| !UNITS_OF_TIME.contains(&term.as_str())).collect::<Vec<_>>()
    };
    (0..all.len()).filter(|at| negates(&all, *at)).flat_map(behind).collect()
}

/// Whether a story says, too, that something is not so of what a claim speaks of.
pub(super) fn turns(story: &Voiced, claim: &str) -> bool {
    let matter: Terms = words::terms(claim).collect();
    let least = CONTRADICTING_TERMS.min(matter.len());
    title_and_beginning(story).any(|said| is_turned(said) && common(said, &matter) >= least)
}

/// Whether a sentence says that something is not so, in whatever words.
pub(super) fn is_turned(sentence: &str) -> bool {
    is_negated(sentence) || denies(sentence)
}

/// Whether a sentence turns its statement round.
pub(super) fn is_negated(sentence: &str) -> bool {
    let all: Vec<Cow<str>> = words::folded(sentence).collect();
    (0..all.len()).any(|at| negates(&all, at))
}

/// Whether anything at all is turned round in a text.
pub(super) fn may_negate(text: &str) -> bool {
    words::folded(text).any(|word| is_negation(&word))
}

fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't")
}

/// Whether the word at `at` turns round what comes behind it.
fn negates(words: &[Cow<str>], at: usize) -> bool {
    let next = || words[at + 1..].iter().find(|word| *word != "the");
    is_negation(&words[at]) && !next().is_some_and(|next| ADDING.contains(&next.as_ref()))
}

/// How many owners speak in stories.
pub(super) fn owners(stories: &[&Voiced]) -> usize {
    stories.iter().map(|story| &story.owner).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_told_from_plain_negations() {
        assert!(denies("I think the panic is overblown."));
        assert!(denies("That\u{2019}s not our experience at all."));
        assert!(!denies("The vendor does not answer support tickets."));
        assert!(!denies("We upgraded the mythical man-month edition."));
    }
}
