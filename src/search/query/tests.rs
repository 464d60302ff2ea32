use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-11-22T18:00:00Z";

const MARKET: &str = r#"
[[source]]
id = "daily-rack"
kind = "feed"
url = "https://dailyrack.example/feed"
voice = "press"
[[source]]
id = "ada-blog"
kind = "feed"
url = "https://ada.example/feed"
voice = "expert"
[[source]]
id = "acme-blog"
kind = "feed"
url = "https://blog.acme.example/feed"
voice = "vendor"
[[topic]]
name = "Cloud cost"
description = "What clouds cost."
[[topic]]
name = "Funding"
kind = "signal"
description = "Money is raised."
[[account]]
name = "Acme Anvils"
aliases = ["Acme", "$ACME"]
domain = "acme.example"
[[account]]
name = "Globex"
"#;

/// The market that queries are held against.
pub(in crate::search) fn market() -> Market {
    Market::parse(&[(PathBuf::from("market.toml"), MARKET.to_owned())]).unwrap()
}

fn parse(text: &str) -> Result<Query, NotAQuery> {
    Query::parse(text, &market(), NOW.parse().unwrap())
}

fn wanted(text: &str) -> Vec<Wanted> {
    parse(text)
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .parts
        .into_iter()
        .map(|p| p.wanted)
        .collect()
}

/// What is said of a query that cannot be read.
fn told(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

fn words(words: &str) -> Wanted {
    Wanted::Words(words.to_owned())
}

fn not(wanted: Wanted) -> Wanted {
    Wanted::Not(Box::new(wanted))
}

fn from(moment: &str) -> Wanted {
    Wanted::Said { from: Some(moment.parse().unwrap()), until: None }
}

fn sources(ids: &[&str]) -> Wanted {
    Wanted::Sources(ids.iter().map(|id| id.parse().unwrap()).collect())
}

#[test]
fn the_query_of_the_manual_is_understood() {
    let query = "pricing -beta account:acme voice:expert topic:\"cloud cost\" since:14d \
                 sentiment:negative lang:en";
    assert_eq!(
        wanted(query),
        [
            words("pricing"),
            not(words("beta")),
            Wanted::Account("Acme Anvils".into()),
            sources(&["ada-blog"]),
            Wanted::Topic("Cloud cost".into()),
            from("2026-11-08T18:00:00Z"),
            Wanted::Sentiment(SentimentLabel::Negative),
            Wanted::Language("en".into()),
        ]
    );
}

#[test]
fn words_phrases_beginnings_and_what_is_not_wanted() {
    assert_eq!(
        wanted("\"cloud cost\" migrat*"),
        [words("cloud cost"), Wanted::Begins("migrat".into())]
    );
    assert_eq!(
        wanted("-\"beta test\" −x NOT y"),
        [not(words("beta test")), not(words("x")), not(words("y"))]
    );
    assert_eq!(wanted("“cloud cost” acme.example"), [words("cloud cost"), words("acme.example")]);
    assert_eq!(wanted("  cost - AND & benefit — ! "), [words("cost"), words("benefit")]);
    assert_eq!(wanted(""), []);
}

#[test]
fn either_and_parentheses() {
    let both = |a, b| Wanted::All(vec![a, b]);
    let either = |a, b| Wanted::Any(vec![a, b]);
    assert_eq!(wanted("a OR b c"), [either(words("a"), both(words("b"), words("c")))]);
    assert_eq!(wanted("(a OR b) c"), [either(words("a"), words("b")), words("c")]);
    assert_eq!(wanted("(a|b)"), [either(words("a"), words("b"))]);
    assert_eq!(wanted("-(a OR b)"), [not(either(words("a"), words("b")))]);
    assert_eq!(wanted("or ORDER"), [words("or"), words("ORDER")]);
    let query = parse(" (a OR b) voice:press").unwrap();
    assert_eq!(query.parts.iter().map(|part| part.at.clone()).collect::<Vec<_>>(), [1..9, 10..21]);
}

#[test]
fn names_are_found_however_they_are_written() {
    let account = Wanted::Account("Acme Anvils".into());
    for text in
        ["account:\"Acme Anvils\"", "account:acme-anvils", "account:$acme", "ACCOUNT:acme.example"]
    {
        assert_eq!(wanted(text), std::slice::from_ref(&account), "{text}");
    }
    assert_eq!(wanted("topic:cloud-cost"), [Wanted::Topic("Cloud cost".into())]);
    assert_eq!(wanted("signal:FUNDING"), [Wanted::Signal("Funding".into())]);
    assert_eq!(wanted("owner:acme.example"), [sources(&["acme-blog"])]);
    assert_eq!(
        wanted("voice:expert,press"),
        [Wanted::Any(vec![sources(&["ada-blog"]), sources(&["daily-rack"])])]
    );
    assert_eq!(wanted("lang:German,und").len(), 1);
    assert_eq!(wanted("voice:survey"), [sources(&[])], "there may be none of a voice");
}

#[test]
fn links_and_times_are_words_not_fields() {
    assert_eq!(wanted("https://acme.example/a"), [words("https://acme.example/a")]);
    assert_eq!(wanted("12:30"), [words("12:30")]);
}

#[test]
fn days_are_taken_whole() {
    let said = |from: &str, until: &str| Wanted::Said {
        from: Some(from.parse().unwrap()),
        until: Some(until.parse().unwrap()),
    };
    assert_eq!(wanted("on:2026-11"), [said("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")]);
    assert_eq!(wanted("on:2d"), [said("2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z")]);
    let until = Wanted::Said { from: None, until: Some("2026-11-02T00:00:00Z".parse().unwrap()) };
    assert_eq!(wanted("until:2026-11-01"), [until]);
    assert_eq!(wanted("since:yesterday"), [from("2026-11-21T00:00:00Z")]);
}

#[test]
fn a_fault_is_pointed_at() {
    assert_eq!(
        told("pricing voice:exprt since:14d"),
        "there is no voice \"exprt\"; did you mean voice:expert?\n  \
         pricing voice:exprt since:14d\n                ^^^^^"
    );
    let two = told("topc:x (a");
    assert!(two.contains("there is no field `topc:`; did you mean `topic:`?"), "{two}");
    assert!(two.contains("never closed") && two.contains("\n  topc:x (a\n         ^"), "{two}");
}

#[test]
fn every_fault_says_what_to_do() {
    for (text, says) in [
        ("account:acmee", "did you mean account:Acme?"),
        ("account:initech", "there are Acme Anvils, Globex"),
        ("topic:funding", "Funding is a signal: write signal:Funding"),
        ("topic:\"clod cost\"", "did you mean topic:\"Cloud cost\"?"),
        ("source:daily-rak", "did you mean source:daily-rack?"),
        ("owner:ada.exmple", "did you mean owner:ada.example?"),
        ("sentiment:angry", "there are positive, neutral, negative"),
        ("lang:germn", "did you mean `german`?"),
        ("since:tomorow", "write 2026-11-01"),
        ("since:14.11.2026", "did you mean since:2026-11-14?"),
        ("on:11/14/2026", "did you mean on:2026-11-14?"),
        ("until:5/11/2026", "until:2026-05-11 or until:2026-11-05?"),
        ("since:2026-11-10 until:2026-11-01", "exchange them"),
        ("on:2026-11-01 since:7d", "before 2026-11-02 00:00: exchange them"),
        ("topic:cost", "did you mean topic:\"Cloud cost\"?"),
        ("account:anvils", "did you mean account:\"Acme Anvils\"?"),
        ("since:1d,2d", "takes one moment"),
        ("company:acme", "did you mean `account:`?"),
        ("zzz:1", "the fields are account, topic"),
        ("topic:", "needs something behind it: a topic, by its name"),
        ("voice:press voice:expert", "write voice:press,expert"),
        ("a OR", "on both sides"),
        ("OR a", "on both sides"),
        ("()", "nothing to find between"),
        ("a)", "nothing was opened"),
        ("\"a", "never closed"),
        ("\"!\"", "no word in this"),
        ("a*", "at least 2 letters"),
        ("author:!", "no letter in it"),
    ] {
        let told = told(text);
        assert!(told.contains(says), "{text}: {told}");
        assert!(told.contains('^'), "{text}: {told}");
    }
}

#[test]
fn too_much_is_refused_with_words() {
    assert!(told(&"a ".repeat(50 << 10)).contains("102400 bytes is too long"));
    assert!(told(&"a ".repeat(1_000)).contains("more than 128 words"));
    for deep in ["(".repeat(4_000), "-".repeat(4_000) + "a", "NOT ".repeat(1_000) + "a"] {
        assert!(told(&deep).contains("nested too deep"), "{}", told(&deep));
    }
    let many = "voice:x ".repeat(500);
    assert!(told(&many).lines().count() < 20, "{}", told(&many));
}

#[test]
fn what_is_shown_of_a_query_is_harmless_and_short() {
    let told = told(&format!("{}\u{1b}[31m topc:x\u{202e} {}", "y ".repeat(60), "z ".repeat(60)));
    assert!(!told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told}");
    assert!(told.lines().all(|line| line.chars().count() < 170), "{told}");
}

#[test]
fn only_what_speaks_for_a_post_is_told_of() {
    let mut seen = Vec::new();
    let query = parse("(a OR \"b c\") -d -(e f) xy*").unwrap();
    query.each_wanted(&mut |wanted| seen.push(wanted.clone()));
    assert_eq!(seen, [words("a"), words("b c"), Wanted::Begins("xy".into())]);
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused_with_places_in_it(
        text in "\\PC{0,60}|([a-z]{1,3}|OR|NOT|AND|topic|voice|since|[\"():,*| \\-]|14d|“|”|press){0,30}"
    ) {
        match parse(&text) {
            Ok(query) => {
                for part in &query.parts {
                    prop_assert!(text.get(part.at.clone()).is_some_and(|part| !part.trim().is_empty()));
                }
                prop_assert_eq!(query.without(0).parts.len(), query.parts.len().saturating_sub(1));
            }
            Err(refused) => {
                prop_assert!(!refused.faults.is_empty());
                for fault in &refused.faults {
                    prop_assert!(fault.at.start <= text.len() && fault.at.start <= fault.at.end);
                }
                prop_assert!(!refused.to_string().is_empty());
            }
        }
    }

    #[test]
    fn what_two_queries_want_both_together_want(
        a in "[a-z]{2,6}", b in "[a-z]{2,6}", c in "[a-z]{2,6}"
    ) {
        let one = format!("{a} \"{b} {c}\"");
        let both = format!("{one} -{c} voice:press");
        let mut parts = wanted(&one);
        parts.extend(wanted(&format!("-{c} voice:press")));
        prop_assert_eq!(wanted(&both), parts);
    }
}
