//! A verdict names the model and the rules it was made by: what would be judged otherwise has another
//! name.

use std::fmt::Write as _;

use overheard::classify::topics::Taught;
use overheard::classify::{Classifier, Detail, Encoder as _, Judgement, Text};
use overheard::label::Answer;
use overheard::topic::Ruleset;

use crate::classify::{WordHasher, account, topics};

const TEXTS: [&str; 8] = [
    "Moving our data out costs egress fees that nobody had budgeted for.",
    "The school fees go up again, says the egress fee committee.",
    "Yesterday's outage at Acme was the third in a month; customers report errors.",
    "Quillon raised $40 million in a Series B led by Example Ventures.",
    "Globex names Jane Doe as chief financial officer.",
    "We moved from Initech to Globex last summer and the login service failed twice.",
    "Slate is what the roof is made of. Nothing works since morning.",
    "Data egress fees are robbery, they say at Slate, the chipmaker (https://slate.example).",
];

fn judged() -> (Classifier, Vec<Judgement>) {
    let rules = Ruleset::of(topics(
        r#"
        [[topic]]
        name = "fees"
        description = "Egress fees for moving data between clouds"
        examples = ["Moving data costs egress fees", "Data egress fees are robbery"]
        any = ["egress fee"]
        none = ["school fees"]
        [[topic]]
        name = "Outage"
        kind = "signal"
        description = "The service failed for customers"
        examples = ["The login service failed", "Customers report errors"]
        any = ["outage", "is down"]
        [[topic]]
        name = "Funding"
        kind = "signal"
        description = "A company raised money from investors"
        any = ["raised"]
        "#,
    ));
    let accounts = vec![
        account("name = 'Acme Inc.'"),
        account("name = 'Slate'\ndomain = 'slate.example'\nabout = 'A maker of chips'"),
        account("name = 'Globex'\ncompetitors = ['Initech']"),
    ];
    let rules = rules.with_accounts(&accounts);
    let taught = Taught {
        topic: "fees".to_owned(),
        answer: Answer::IsNot,
        text: TEXTS[0].to_owned(),
        embedding: WordHasher::new().encode(&TEXTS[..1]).unwrap().remove(0),
    };
    let classifier = Classifier::new(WordHasher::new(), &rules, accounts)
        .unwrap()
        .taught(&rules.id, vec![taught]);
    let texts = TEXTS.map(|text| Text { text, ..Text::default() });
    let judgements = classifier.judge(&texts, Detail::All).unwrap();
    (classifier, judgements)
}

/// What is said of each text, roughly enough to be the same on every processor.
fn in_short(judgements: &[Judgement]) -> String {
    let mut all = String::new();
    for Judgement { topics, signals, accounts, language, .. } in judgements {
        _ = write!(all, "{}:", language.code);
        for topic in topics.iter().chain(signals) {
            _ = write!(all, " {} {:.1}", topic.name, topic.score);
            for argument in &topic.arguments {
                _ = write!(all, " ({:?} {})", argument.part, argument.text);
            }
        }
        for account in accounts {
            _ = write!(all, " [{} {:.1}]", account.name, account.score);
        }
        all.push('\n');
    }
    all
}

#[test]
fn verdicts_change_only_together_with_the_numbers_that_say_so() {
    let (classifier, judgements) = judged();
    // Whoever changes what is said below by changing code raises `JUDGING` in src/topic.rs (topics,
    // signals, accounts) or `READING` in src/classify/mod.rs (languages, what the model is given), so that
    // stores are judged again; then this test is given the new names and verdicts.
    insta::assert_snapshot!(format!(
        "{}\n{}\n\n{}",
        classifier.model(),
        classifier.ruleset(),
        in_short(&judgements)
    ));
}
