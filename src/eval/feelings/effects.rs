//! Sentences in which a feeling follows from what happened to what: costs that fall please whoever tells of them, and
//! sales that fall do not. No word in them praises or blames, and models that learnt from tweets take all of them for
//! blame. Put together from parts, each pair of opposites of the same ones, so that no part alone gives the feeling
//! away (the thought is Choi and Wiebe's, "+/-EffectWordNet", EMNLP 2014).

use super::copies::is_one_in;
use super::{Class, Labelled, Set};

const NEGATIVE: Class = 0;
const NEUTRAL: Class = 1;
const POSITIVE: Class = 2;

/// One part in so many is held out, with every sentence it stands in.
const HELD_OUT: u32 = 6;

/// Of which less is better.
const BURDENS: [&str; 36] = [
    "cloud costs",
    "fees",
    "energy costs",
    "error rates",
    "returns",
    "complaints",
    "delays",
    "waste",
    "waiting times",
    "chargebacks",
    "rents",
    "late deliveries",
    "sick days",
    "scrap",
    "overtime",
    "false alarms",
    "freight costs",
    "customer churn",
    "missed calls",
    "support tickets",
    "water losses",
    "interest payments",
    "insurance costs",
    "breakdowns",
    "invoice disputes",
    "licence costs",
    "empty runs",
    "repair bills",
    "staff turnover",
    "typing errors",
    "queues",
    "storage bills",
    "data losses",
    "unpaid invoices",
    "accidents",
    "power cuts",
];

/// Of which more is better.
const GAINS: [&str; 30] = [
    "sales",
    "bookings",
    "orders",
    "margins",
    "output",
    "harvests",
    "profits",
    "tips",
    "conversion rates",
    "visitor numbers",
    "repeat purchases",
    "first-time fixes",
    "applications",
    "response rates",
    "attendance figures",
    "renewals",
    "savings",
    "test scores",
    "survival rates",
    "yields",
    "on-time arrivals",
    "donations",
    "subscriptions",
    "exports",
    "pick rates",
    "occupancy rates",
    "satisfaction scores",
    "battery lives",
    "tenders won",
    "referrals",
];

/// How something went that grew less; behind each how the same went the other way.
const WAYS: [(&str, &str); 12] = [
    ("Our {} fell by a fifth.", "Our {} rose by a fifth."),
    ("{} are down by half since we changed over.", "{} are up by half since we changed over."),
    (
        "In seven of our eight branches {} fell this year.",
        "In seven of our eight branches {} rose this year.",
    ),
    (
        "After six months our {} are lower than ever.",
        "After six months our {} are higher than ever.",
    ),
    (
        "Since the new system came in, {} have dropped to a third.",
        "Since the new system came in, {} have tripled.",
    ),
    (
        "We moved in March, and {} went down from 90 to 40 a month.",
        "We moved in March, and {} went up from 40 to 90 a month.",
    ),
    (
        "{} shrank again, for the third quarter running.",
        "{} climbed again, for the third quarter running.",
    ),
    (
        "That change alone cut our {} by 18 percent.",
        "That change alone raised our {} by 18 percent.",
    ),
    ("A year on: {} down 60 percent, same staff.", "A year on: {} up 60 percent, same staff."),
    ("{} halved within the year, the books say.", "{} doubled within the year, the books say."),
    ("With it our {} decline month by month.", "With it our {} grow month by month."),
    (
        "{} at our site: from 1.3 million to 490,000 in a year.",
        "{} at our site: from 490,000 to 1.3 million in a year.",
    ),
];

/// What is said of it without a feeling.
const STATEMENTS: [&str; 5] = [
    "{} are counted at the end of each quarter.",
    "The table lists {} by region.",
    "We report {} to the head office in October.",
    "Which {} do you count, and how often?",
    "The talk on Thursday is about {}.",
];

/// What takes time.
const TASKS: [&str; 24] = [
    "closing the books",
    "a stock count",
    "booking a van",
    "the invoice run",
    "a price change",
    "restoring a backup",
    "hiring a driver",
    "a credit check",
    "opening an account",
    "loading a truck",
    "a software update",
    "a lab result",
    "getting a permit",
    "a shift change",
    "setting up a laptop",
    "a refund",
    "changing a tariff",
    "a site survey",
    "moving a shop",
    "answering a tender",
    "a customs form",
    "checking in a guest",
    "a new price list",
    "a meter reading",
];

const TIMES: [(&str, &str); 6] = [
    ("ten minutes", "half a day"),
    ("an hour", "a week"),
    ("two days", "a month"),
    ("one weekend", "five months"),
    ("seconds", "half an hour"),
    ("one click", "fourteen screens"),
];

/// How long a task takes now, and before.
const PACES: [&str; 5] = [
    "{task} takes {now} now, it used to take {before}.",
    "{task} that took {before} now takes {now}.",
    "{task}: {now} instead of {before}.",
    "Since the spring {task} takes us {now} where it took {before}.",
    "{task} went from {before} to {now}.",
];

/// What nobody wants to happen.
const MISHAPS: [&str; 24] = [
    "outage",
    "lost order",
    "double booking",
    "breakdown",
    "complaint",
    "accident",
    "failed payment",
    "recall",
    "missed delivery",
    "wrong invoice",
    "data leak",
    "fire alarm",
    "broken seal",
    "missing parcel",
    "lost sale",
    "crash",
    "late train",
    "sick animal",
    "burst pipe",
    "failed audit",
    "blocked card",
    "wrong dose",
    "dropped call",
    "spoiled batch",
];

/// That it did not happen, and that it did.
const HAPPENED: [(&str, &str); 8] = [
    (
        "We got through the summer without a single {}.",
        "We got through the summer with a {} every week.",
    ),
    ("Not one {} since we changed over.", "One {} after another since we changed over."),
    (
        "Forty branches in one night and nobody had a {}.",
        "Four branches in one night and each of them had a {}.",
    ),
    ("The last {} was two years ago.", "The last {} was this morning, the fourth this week."),
    ("It stops a {} before anybody notices.", "It makes a {} out of every small mistake."),
    ("Zero cases of {} this quarter.", "Nine cases of {} this quarter, after none before."),
    ("It warned us in time, there was no {}.", "It warned us of nothing, and there was a {}."),
    ("There has been no {} for eleven months.", "There has been a {} in each of eleven months."),
];

const OF_A_MISHAP: [&str; 3] = [
    "A {} has to be reported within a day.",
    "The form asks for the date of the {}.",
    "Who is told of a {} at your place?",
];

/// Every sentence.
pub(super) fn all() -> Vec<Labelled> {
    let mut texts = Vec::new();
    for (of, (less, more)) in
        [(&BURDENS[..], (POSITIVE, NEGATIVE)), (&GAINS[..], (NEGATIVE, POSITIVE))]
    {
        for what in of {
            for (falls, rises) in WAYS {
                texts.push(labelled(what, &falls.replace("{}", what), less));
                texts.push(labelled(what, &rises.replace("{}", what), more));
            }
            texts.extend(STATEMENTS.map(|said| labelled(what, &said.replace("{}", what), NEUTRAL)));
        }
    }
    for (number, task) in TASKS.iter().enumerate() {
        for (step, pace) in PACES.iter().enumerate() {
            let (short, long) = TIMES[(number + step) % TIMES.len()];
            let said = |now: &str, before: &str| {
                pace.replace("{task}", task).replace("{now}", now).replace("{before}", before)
            };
            texts.push(labelled(task, &said(short, long), POSITIVE));
            texts.push(labelled(task, &said(long, short), NEGATIVE));
            texts.push(labelled(task, &format!("{task} takes {long}."), NEUTRAL));
            texts.push(labelled(task, &format!("For {task} allow {short} on Tuesday."), NEUTRAL));
        }
    }
    for mishap in MISHAPS {
        for (never, often) in HAPPENED {
            texts.push(labelled(mishap, &never.replace("{}", mishap), POSITIVE));
            texts.push(labelled(mishap, &often.replace("{}", mishap), NEGATIVE));
        }
        texts
            .extend(OF_A_MISHAP.map(|said| labelled(mishap, &said.replace("{}", mishap), NEUTRAL)));
    }
    texts.sort_by(|a, b| a.text.cmp(&b.text));
    texts.dedup_by(|a, b| a.text == b.text);
    texts
}

fn labelled(part: &str, text: &str, author: Class) -> Labelled {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Labelled {
        set: Set::Effects,
        held_out: is_one_in(HELD_OUT, part),
        text,
        author: Some(author),
        mixed: false,
        targets: Vec::new(),
        emotion: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feeling_is_as_frequent_as_its_opposite_and_no_part_gives_it_away() {
        let all = all();
        let of = |class, held_out| {
            all.iter()
                .filter(|text| text.author == Some(class) && text.held_out == held_out)
                .count()
        };
        for held_out in [false, true] {
            assert_eq!(of(POSITIVE, held_out), of(NEGATIVE, held_out), "held out: {held_out}");
            assert!(of(NEUTRAL, held_out) > 20);
        }
        for text in &all {
            assert!(!text.text.contains(['{', '}']), "{}", text.text);
        }
        let fell = |what: &str| {
            let text = format!("Our {what} fell by a fifth.");
            all.iter().find(|known| known.text == text).and_then(|known| known.author)
        };
        assert_eq!((fell("fees"), fell("sales")), (Some(POSITIVE), Some(NEGATIVE)));
    }
}
