//! Relief: somebody says that what costs them grew less. "The bill is down by half" praises nothing by word, and models
//! that learnt from tweets and reviews take it for blame, for its words are those of complaints. What it says is read by
//! rule instead, and weighed against the branch (the thought is Choi and Wiebe's, "+/-EffectWordNet", EMNLP 2014).

use std::borrow::Cow;

use crate::text::{sentences, words};
use crate::verdict::Probs;

/// Counts the changes of the rule by which the same text is read otherwise: it is part of the model's name.
pub const VERSION: u32 = 2;

/// How much more likely praise is, and how much less blame, where somebody tells of relief. A text that is full of
/// blame beside it stays one.
const WEIGHT: f32 = 7.0;

/// So many other sentences may stand beside one that tells of relief; among more, it weighs less.
const BESIDE: f32 = 2.0;

/// Sentences of a text that are looked at.
const SENTENCES: usize = 16;

/// Bytes of them.
const BYTES: usize = 4_096;

/// Words that may stand between a burden and what became of it.
const BETWEEN: usize = 5;

/// Words that may tell more closely what was cut: "our yearly storage bill".
const MODIFIERS: usize = 2;

/// Money that goes out, without an end in "s". That prices fell pleases only who buys, so they are not among them.
const MONEY: &[&str] =
    &["bill", "cost", "expense", "fee", "invoice", "outlay", "overhead", "premium", "surcharge"];

/// What else is a burden to whoever has it.
const TROUBLE: &[&str] = &[
    "accident",
    "alarm",
    "alert",
    "backlog",
    "breakdown",
    "bug",
    "chargeback",
    "churn",
    "complaint",
    "crash",
    "defect",
    "delay",
    "downtime",
    "error",
    "fault",
    "incident",
    "interruption",
    "latency",
    "outage",
    "overtime",
    "scrap",
    "ticket",
    "waste",
];

/// Whose burden it is where it is not the author's.
const OTHERS: &[&str] = &["her", "his", "its", "their", "your"];

/// How far before a burden it may say whose it is.
const WHOSE: usize = 3;

/// What became of it.
const FELL: &[&str] =
    &["declined", "decreased", "dropped", "fallen", "fell", "halved", "sank", "shrank", "shrunk"];
const LOWER: &[&str] = &["cheaper", "lower", "smaller"];

/// What stands between the two and is neither: with any other word it is something else that fell, went down ("ticket
/// sales") or is down ("the invoice portal").
const IS: &[&str] = &["are", "been", "is", "was", "were"];
const WENT: &[&str] = &["came", "come", "goes", "going", "gone", "went"];
const FILLERS: &[&str] = &[
    "a", "about", "again", "almost", "already", "also", "cent", "even", "far", "fifth", "finally",
    "had", "half", "has", "have", "just", "much", "nearly", "now", "over", "per", "percent",
    "quarter", "roughly", "since", "some", "still", "tenth", "then", "third", "today", "well",
];

/// Who made it less.
const CUT: &[&str] =
    &["cut", "cuts", "halved", "halves", "lowered", "lowers", "reduced", "reduces", "slashed"];

/// Whose it is.
const OURS: &[&str] = &["my", "our"];

/// Words behind which "to cut" is something done, and not only meant.
const DONE: &[&str] = &["allowed", "enabled", "helped", "helps", "managed", "used"];

/// Words that may follow what is said; any other is what fell, was cut or dropped in truth.
const BEHIND: &[&str] = &[
    "after",
    "again",
    "and",
    "as",
    "at",
    "because",
    "by",
    "considerably",
    "dramatically",
    "during",
    "even",
    "for",
    "from",
    "further",
    "immediately",
    "markedly",
    "noticeably",
    "now",
    "on",
    "once",
    "over",
    "overnight",
    "per",
    "sharply",
    "significantly",
    "since",
    "slightly",
    "steadily",
    "than",
    "thanks",
    "too",
    "when",
    "while",
    "with",
    "within",
];

/// A share or a number, in words, behind "a" or "to".
const SHARES: &[&str] = &[
    "about", "almost", "below", "bit", "fifth", "fraction", "half", "little", "lot", "nearly",
    "nothing", "quarter", "roughly", "tenth", "third", "under", "zero",
];

/// Times, behind "in", "the" and "every".
const TIMES: &[&str] = &[
    "autumn", "day", "days", "half", "hour", "hours", "month", "months", "moment", "quarter",
    "spring", "summer", "week", "weeks", "winter", "year", "years",
];

/// Words that say that something else grew, or grew worse.
const ROSE: &[&str] = &[
    "climbed",
    "dearer",
    "doubled",
    "grew",
    "higher",
    "increase",
    "increased",
    "jumped",
    "lose",
    "losing",
    "lost",
    "rise",
    "rises",
    "rising",
    "risen",
    "rose",
    "soared",
    "spiked",
    "tripled",
    "worse",
];

/// Words that say that it is not so, or only may be, or that there is more to it.
const DOUBTS: &[&str] = &[
    "although", "barely", "but", "can", "cannot", "claim", "claimed", "claims", "could", "despite",
    "doubt", "expect", "expected", "fail", "failed", "fails", "hardly", "hope", "however", "if",
    "may", "merely", "might", "must", "need", "neither", "never", "no", "nobody", "nor", "not",
    "only", "promise", "promised", "promises", "should", "supposed", "though", "unless", "until",
    "want", "wanted", "wants", "will", "wish", "without", "would",
];

/// Words that say so where they begin what is said.
const NOTHING: &[&str] = &["none", "nothing"];

/// A name of the branch of sentiment, with this rule in it.
pub(super) fn named(branch: &str) -> String {
    format!("{branch}.{VERSION}")
}

/// Whether a branch of that name was weighed by this rule.
#[must_use]
pub fn is_by_this_rule(branch: &str) -> bool {
    branch.rsplit_once('.').is_some_and(|(_, version)| version == VERSION.to_string())
}

/// The first sentence of a text that tells of relief.
#[must_use]
pub fn told(text: &str) -> Option<&str> {
    looked_at(text).find(|sentence| tells(sentence))
}

/// How an author feels, once it is weighed that they tell of relief.
#[must_use]
pub fn weighed(text: &str, author: Option<Probs>) -> Option<Probs> {
    let probs = author?;
    let (mut telling, mut others) = (0.0_f32, 0.0_f32);
    for sentence in looked_at(text) {
        *(if tells(sentence) { &mut telling } else { &mut others }) += 1.0;
    }
    if telling == 0.0 {
        return Some(probs);
    }
    let weight = WEIGHT.powf((telling * (1.0 + BESIDE) / (telling + others)).min(1.0));
    let (positive, negative) = (probs.positive * weight, probs.negative / weight);
    let sum = positive + probs.neutral + negative;
    Some(Probs { positive: positive / sum, neutral: probs.neutral / sum, negative: negative / sum })
}

fn looked_at(text: &str) -> impl Iterator<Item = &str> {
    sentences::one_by_one(&text[..text.floor_char_boundary(BYTES)]).take(SENTENCES)
}

fn tells(sentence: &str) -> bool {
    if sentence.trim_end().ends_with('?') {
        return false;
    }
    // No comma within a number.
    let parts = sentence.split(", ").flat_map(|part| part.split(&[';', ':', '(', ')', '–', '—']));
    let parts: Vec<Part> = parts.map(Part::of).collect();
    !parts.iter().any(Part::is_doubtful)
        && parts.iter().any(|part| {
            (0..part.0.len()).any(|at| {
                part.has_fallen(at) || part.is_cut(at) || part.is_fewer(at) || part.is_paid(at)
            })
        })
}

/// The folded words of a part of a sentence.
struct Part<'a>(Vec<Cow<'a, str>>);

impl<'a> Part<'a> {
    fn of(part: &'a str) -> Self {
        Self(words::folded(part).collect())
    }

    /// Nothing, behind the end.
    fn word(&self, at: usize) -> &str {
        self.0.get(at).map_or("", Cow::as_ref)
    }

    fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |before| self.word(before))
    }

    fn is_doubtful(&self) -> bool {
        let doubts = |(at, word): (usize, &Cow<str>)| {
            let word = word.as_ref();
            // "Set up" says nothing of more.
            let is_up = word == "up"
                && (has(IS, self.before(at)) || has(WENT, self.before(at)) || self.is_by(at + 1));
            has(DOUBTS, word)
                || has(ROSE, word)
                || word.ends_with("n't")
                || word.ends_with("n’t")
                || is_up
                || (at == 0 && has(NOTHING, word))
                || (word == "so" && self.word(at + 1) == "did")
        };
        self.0.iter().enumerate().any(doubts)
    }

    /// "Cost fell by half", "our fees are 18 percent lower", "the bill went down", "errors down 20 percent".
    fn has_fallen(&self, at: usize) -> bool {
        let is_money = is_one_of(MONEY, self.word(at));
        if !(is_money || is_one_of(TROUBLE, self.word(at))) || self.is_of_others(at) {
            return false;
        }
        let is_filler =
            |word: &str| has(FILLERS, word) || has(IS, word) || has(WENT, word) || is_number(word);
        let from = at + 1;
        let to = (from..from + BETWEEN).find(|to| !is_filler(self.word(*to)));
        let to = to.unwrap_or(from + BETWEEN);
        let stands = |list: &[&str]| (from..to).any(|at| has(list, self.word(at)));
        let end = self.ends(to + 1);
        match self.word(to) {
            "down" if self.is_by(to + 1) => true,
            // "The ticket is down" is none.
            "down" => end && (stands(WENT) || stands(&["are"]) || is_money && stands(IS)),
            // "The bill was dropped."
            word if has(FELL, word) => end && (word == "halved" || !stands(IS)),
            // "Costs lower our margin."
            word if has(LOWER, word) => end && stands(IS),
            _ => false,
        }
    }

    /// "They cut our storage bill", "we reduced errors": a company that cut its costs cut jobs.
    fn is_cut(&self, at: usize) -> bool {
        let is_meant = self.before(at) == "to" && !(0..at).any(|at| has(DONE, self.word(at)));
        if !has(CUT, self.word(at)) || is_meant {
            return false;
        }
        let is_ours = has(OURS, self.word(at + 1));
        let from = at + 1 + usize::from(is_ours);
        self.head(from).is_some_and(|head| is_ours || is_one_of(TROUBLE, self.word(head)))
    }

    /// "Fewer alerts", "less downtime".
    fn is_fewer(&self, at: usize) -> bool {
        let is_trouble = |at: usize| is_one_of(TROUBLE, self.word(at)) && self.ends(at + 1);
        match self.word(at) {
            "fewer" => is_trouble(at + 1) || is_trouble(at + 2),
            "less" | "lower" => is_trouble(at + 1),
            _ => false,
        }
    }

    /// "We pay 40 percent less": neither "I get paid less" nor "we spend less time".
    fn is_paid(&self, at: usize) -> bool {
        let is_spent = has(&["spend", "spent"], self.word(at));
        let is_wage = has(IS, self.before(at))
            || has(&["am", "be", "being", "get", "gets", "getting", "got"], self.before(at));
        if !(is_spent || has(&["paid", "pay", "paying"], self.word(at))) || is_wage {
            return false;
        }
        let less = (at + 1..at + 1 + BETWEEN).find(|less| self.word(*less) == "less");
        less.is_some_and(|less| {
            let says_how_much = (at + 1..less).any(|at| self.is_amount(at));
            self.ends(less + 1)
                && (says_how_much || less == at + 1 && !is_spent)
                && (0..at).any(|at| has(&["i", "we"], self.word(at)))
        })
    }

    /// Where the burden stands that begins here, perhaps behind a few words that tell it more closely.
    fn head(&self, from: usize) -> Option<usize> {
        let is_closer = |at: &usize| {
            let word = self.word(*at);
            !word.is_empty() && !has(BEHIND, word) && !has(OTHERS, word) && !word.ends_with("'s")
        };
        let is_head = |at: usize| {
            (is_one_of(MONEY, self.word(at)) || is_one_of(TROUBLE, self.word(at)))
                && self.ends(at + 1)
        };
        let closer = (from..).take_while(is_closer).take(MODIFIERS + 1);
        closer.into_iter().find(|at| is_head(*at))
    }

    /// Whether somebody else has it.
    fn is_of_others(&self, at: usize) -> bool {
        (at.saturating_sub(WHOSE)..at).any(|at| {
            let word = self.word(at);
            has(OTHERS, word) || word.ends_with("'s") || word.ends_with("’s")
        })
    }

    /// Whether what was said is at its end here: no word follows of which it is said.
    fn ends(&self, at: usize) -> bool {
        let soon = || (at + 1..at + 4).any(|at| has(TIMES, self.word(at)));
        match self.word(at) {
            "" => true,
            "each" | "every" | "in" | "last" | "the" | "this" => soon(),
            "a" => self.is_amount(at),
            "to" => self.is_amount(at + 1),
            word => has(BEHIND, word) || is_number(word),
        }
    }

    /// "By half", "from 20", "20 percent", "to nothing".
    fn is_by(&self, at: usize) -> bool {
        match self.word(at) {
            "by" | "from" => true,
            "to" => self.is_amount(at + 1),
            _ => self.is_amount(at),
        }
    }

    fn is_amount(&self, at: usize) -> bool {
        let at = at + usize::from(self.word(at) == "a");
        has(SHARES, self.word(at)) || is_number(self.word(at))
    }
}

fn has(list: &[&str], word: &str) -> bool {
    list.contains(&word)
}

fn is_number(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit())
}

fn is_one_of(list: &[&str], word: &str) -> bool {
    has(list, word)
        || ["s", "es"].iter().any(|end| word.strip_suffix(end).is_some_and(|one| has(list, one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_that_a_burden_grew_less_tells_of_relief() {
        for text in [
            "The cost fell by 45 percent.",
            "Sixty terabytes moved, two engines on top, bill down by half.",
            "A year on our fees are 18 percent lower.",
            "Complaints went down in the first month.",
            "The robots have cut picking errors to almost nothing.",
            "It halved our bill.",
            "We turned on sampling and paid 55% less the month after.",
            "There are fewer alerts at night.",
            "Our premium dropped a little.",
            "We left in spring: 80 TB, four months, cost down by roughly half.",
            "We moved it all, and the yearly cost fell from $1.3 million to $490,000.",
            "Our bill is down since we moved.",
            "Crashes fell by 90 percent in the first week.",
            "It helped us to cut our storage bill by a third.",
            "We set up sampling and our invoices shrank to a tenth.",
            "We have less downtime than last year.",
            "Our invoice has halved.",
        ] {
            assert_eq!(told(text), Some(text));
        }
    }

    #[test]
    fn what_may_be_or_is_not_or_is_something_else_is_none() {
        for text in [
            "",
            "The cost did not fall.",
            "They said that the bill would be lower.",
            "Are your fees down by half, too?",
            "Costs rose while sales fell.",
            "The bill is up, the service down.",
            "Acme cut its costs and 300 jobs.",
            "Shares fell by a fifth on the news.",
            "The queue down the street is for bread.",
            "Our error rate is higher.",
            "Their prices fell, and so did our margin.",
            "The bill was dropped in the upper house.",
            "Higher costs lower our margin.",
            "The bill fell, but nobody knows for how long.",
            // Something else than the burden fell.
            "Our ticket system is down.",
            "Premium support is down.",
            "The invoice portal went down again.",
            "Error reporting is down.",
            "Ticket sales are down 30 percent.",
            "Fee income fell by a fifth.",
            "Our premium revenue is down by half.",
            "The delay was down to their own mistake.",
            "The crash came down to a bad config.",
            // Somebody else's, or something else rose.
            "Their costs fell by a third, our bill rose.",
            "Acme's costs fell by a third.",
            "Errors are down and the price doubled.",
            "Our bill fell by a third, the price per seat is up by half.",
            "Our costs fell by a tenth and so did our quality.",
            // The burden did it.
            "The outage halved our sales.",
            "The bug dropped our database.",
            "The crash dropped every connection.",
            "Delays sank the project.",
            "The invoice payment declined twice.",
            "The fee fell due before it worked.",
            "The bill fell in the Senate.",
            // It is not so, or may be.
            "They failed to cut our costs.",
            "Nothing they did cut our bill.",
            "I doubt our bill is down by half.",
            "I wish our bill went down.",
            "Acme says our bill will be lower.",
            "Ten ways to cut our costs.",
            // What was cut was no burden.
            "They cut our premium support.",
            "They cut us an invoice twice the size.",
            "They slashed our ticket allowance.",
            "There are fewer people to answer tickets.",
            "Fewer engineers to handle outages.",
            "There were fewer ticket sales.",
            "I get paid less than last year.",
            "We are paid less for the same work.",
            "We paid less attention.",
            "We spend less time with customers.",
        ] {
            assert_eq!(told(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_full_of_blame_stays_one_and_no_text_is_too_long() {
        let bad = Probs { positive: 0.01, neutral: 0.02, negative: 0.97 };
        let probs = weighed("The cost fell by 45 percent.", Some(bad)).unwrap();
        assert!(probs.negative > probs.positive, "{probs:?}");
        let probs = weighed("The cost rose by 45 percent.", Some(bad)).unwrap();
        assert_eq!(probs, bad);
        let doubtful = Probs { positive: 0.05, neutral: 0.15, negative: 0.8 };
        let probs = weighed("The cost fell by 45 percent.", Some(doubtful)).unwrap();
        assert!(probs.negative < probs.positive, "{probs:?}");
        assert!((probs.negative + probs.neutral + probs.positive - 1.0).abs() < 1e-6);
        let long = format!("The cost fell by 45 percent. {}", "And then there is this. ".repeat(9));
        let among = weighed(&long, Some(doubtful)).unwrap();
        assert!(among.positive < probs.positive && among.positive > doubtful.positive);
        assert_eq!(weighed("The cost fell.", None), None);
        assert_eq!(told(&"é".repeat(BYTES)), None);
        assert_eq!(told(&"cost ".repeat(100_000)), None);
    }
}
