//! Dissent: who denies a claim, or feels the opposite, does not support it.

use std::collections::{BTreeSet, HashSet};

use super::evidence::Voiced;
use crate::text::sentences::sentences;
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
    "moved back",
    "went back to",
    "switched back",
    "reversed course",
    "unpopular opinion",
    "not too high",
    "isn't too high",
];

/// Words that turn a statement round.
const NEGATIONS: &[&str] =
    &["not", "no", "never", "none", "nobody", "nothing", "without", "cannot", "neither", "nor"];

/// Sentences of a text in which a denial is looked for: what comes later is about something else.
const SENTENCES: usize = 12;

/// A sentence that shares this share of the claim's terms is about the same thing.
const SAME_MATTER: f64 = 0.5;

/// A feeling the model is less sure of than this opposes nobody: sarcasm reads as praise.
const SURE: f32 = 0.7;

/// A feeling is that of the claim where it is that of this share of those who make it.
const SHARED_FEELING: usize = 2;

/// Whether a sentence contradicts what others say.
pub(super) fn denies(sentence: &str) -> bool {
    let folded = words::folded(sentence).collect::<Vec<_>>().join(" ");
    let padded = format!(" {folded} ");
    DENIALS.iter().any(|denial| padded.contains(&format!(" {denial} ")))
}

/// Whether a story contradicts what others say, in its title or its first sentences.
pub(super) fn is_denial(story: &Voiced) -> bool {
    let said = &story.lead().post.said;
    said.title.as_deref().is_some_and(denies)
        || sentences(&said.text).into_iter().take(SENTENCES).any(denies)
}

/// Splits the stories that make one claim into those who support it and those who deny it or feel
/// the opposite. What most owners say is the claim; of equals, what was said first.
pub(super) fn sides<'v, 'a>(
    stories: &[&'v Voiced<'a>],
) -> (Vec<&'v Voiced<'a>>, Vec<&'v Voiced<'a>>) {
    let (denying, saying): (Vec<_>, Vec<_>) = stories.iter().partition(|story| is_denial(story));
    let (mut support, mut dissent) =
        if owners(&denying) > owners(&saying) { (denying, saying) } else { (saying, denying) };
    let feel = |label: SentimentLabel| -> Vec<&'v Voiced<'a>> {
        support.iter().filter(|story| story.feeling() == label).copied().collect()
    };
    let (well, badly) = (feel(SentimentLabel::Positive), feel(SentimentLabel::Negative));
    let (most, opposite) = if owners(&well) > owners(&badly) {
        (&well, SentimentLabel::Negative)
    } else {
        (&badly, SentimentLabel::Positive)
    };
    if owners(most) * SHARED_FEELING > owners(&support) {
        let (against, with): (Vec<_>, Vec<_>) = support.iter().partition(|story| {
            story.feeling() == opposite && story.lead().verdict.sentiment.score >= SURE
        });
        support = with;
        dissent.extend(against);
    }
    (support, dissent)
}

/// Whether a story says of the claim's matter that it is not so: a sentence near in its terms, with
/// a negation where the claim has none.
pub(super) fn negates(story: &Voiced, claim: &str) -> bool {
    let matter: HashSet<String> = words::terms(claim).collect();
    if matter.is_empty() || is_negated(claim) {
        return false;
    }
    let near = |sentence: &&str| {
        let terms: HashSet<String> = words::terms(sentence).collect();
        let common = terms.intersection(&matter).count() as f64;
        common / matter.len() as f64 >= SAME_MATTER
    };
    let beginning = sentences(&story.lead().post.said.text).into_iter().take(SENTENCES);
    // A text that also says it plainly supports it.
    let matching: Vec<&str> = beginning.filter(near).collect();
    !matching.is_empty() && matching.into_iter().all(is_negated)
}

/// Whether a sentence turns its statement round.
pub(super) fn is_negated(sentence: &str) -> bool {
    words::folded(sentence).any(|word| NEGATIONS.contains(&word.as_str()) || word.ends_with("n't"))
}

fn owners(stories: &[&Voiced]) -> usize {
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
