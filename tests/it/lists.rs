//! Lists of sources: what goes out as a table comes in again as it was.

use std::path::PathBuf;

use overheard::config::entry::appended;
use overheard::config::lists::{Plan, Terms, plan};
use overheard::config::{Market, csv};
use overheard::source::Voice;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Words that a table, a spreadsheet or a reader of lists could take for something else.
const WORDS: &[&str] = &[
    "Rack Inc",
    "a;b",
    "R & D, mostly",
    "x|y",
    "[x]",
    "=1+1",
    "'=1",
    "''+1",
    "\"said\"",
    "C++",
    "日本",
    "true",
    "7",
];

const SELECTORS: &[&str] = &["h2", "[data-x]", ":is(h1, h2)  a", "a[href*=\";\"]", "a > b", "-x"];

const PATHS: &[&str] = &["/blog/*", "/a;b/", "/x,y", "/[z]", "/q=1"];

fn market(text: &str) -> Market {
    Market::parse(&[(PathBuf::from("mine.toml"), text.to_owned())])
        .unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn taken_in(table: &str, known: &Market) -> Plan {
    let terms = Terms { voice: Voice::Blog, tags: &[], remembered: &[] };
    plan(csv::read(table.as_bytes()), known, terms)
}

/// The settings of one kind, as lines of TOML, for the source of a number.
fn settings(number: usize) -> impl Strategy<Value = String> {
    let own_text = |keys: &'static [&'static str]| {
        let some = subsequence(keys, 0..=keys.len());
        some.prop_flat_map(|keys| {
            let count = keys.len();
            (Just(keys), prop::collection::vec(select(SELECTORS), count))
        })
        .prop_map(|(keys, values)| {
            let line = |(key, value): (&&str, &&str)| format!("{key} = {:?}\n", *value);
            keys.iter().zip(&values).map(line).collect::<String>()
        })
    };
    let paths = prop::collection::vec(select(PATHS), 0..3);
    let query = "[!-~äß日本]{1,8}";
    prop_oneof![
        any::<bool>().prop_map(move |full| format!(
            "kind = \"feed\"\nurl = \"https://{number}.example/feed\"\nfull_text = {full}\n"
        )),
        own_text(&["link", "title", "date", "author", "text", "skip", "article_title"]).prop_map(
            move |own| format!(
                "kind = \"page\"\nurl = \"https://{number}.example/\"\nitem = \"article\"\n{own}"
            )
        ),
        (paths.clone(), paths, 1..9_u8).prop_map(move |(include, exclude, days)| format!(
            "kind = \"sitemap\"\nurl = \"https://{number}.example/map.xml\"\n\
             include = {include:?}\nexclude = {exclude:?}\ndays = {days}\n"
        )),
        (query, 1..99_u32).prop_map(move |(query, points)| {
            let query = toml::Value::String(format!("{query} {number}"));
            format!("kind = \"hacker_news\"\nquery = {query}\nmin_points = {points}\n")
        }),
        Just(format!(
            "kind = \"mastodon\"\nserver = \"https://{number}.example\"\ntag = \"databases\"\n"
        )),
    ]
}

fn entry(number: usize) -> impl Strategy<Value = String> {
    let owner = prop::option::of(select(WORDS));
    let tags = subsequence(WORDS, 0..4);
    let every = prop::option::of(select(&["2h", "90m", "1d", "36h", "120m", "1h 30m"][..]));
    let voice = select(&Voice::ALL[..]);
    (settings(number), owner, tags, every, voice, any::<bool>()).prop_map(
        move |(settings, owner, tags, every, voice, paused)| {
            let said = |key: &str, value: Option<&str>| {
                value.map(|value| format!("{key} = {value:?}\n")).unwrap_or_default()
            };
            format!(
                "[[source]]\nid = \"s{number}\"\n{settings}voice = \"{voice}\"\ntags = {tags:?}\n{}{}{}",
                said("owner", owner),
                said("every", every),
                if paused { "paused = true\n" } else { "" },
            )
        },
    )
}

proptest! {
    #[test]
    fn what_goes_out_as_a_table_comes_in_with_the_same_settings(
        entries in (entry(0), entry(1), entry(2))
    ) {
        let ours = market(&[entries.0, entries.1, entries.2].concat());
        let table = csv::write(&ours);
        let plan = taken_in(&table, &market(""));
        prop_assert!(plan.skipped.is_empty(), "{:?}\n{table}", plan.skipped);
        let theirs = market(&appended("", &plan.entries));
        prop_assert_eq!(ours.sources.len(), theirs.sources.len());
        for (ours, theirs) in ours.sources.iter().zip(&theirs.sources) {
            prop_assert_eq!(&ours.source, &theirs.source, "{}", table);
            prop_assert_eq!(&ours.options, &theirs.options, "{}", table);
            prop_assert_eq!(&ours.written, &theirs.written, "{}", table);
        }
    }
}

#[test]
fn a_page_keeps_its_selectors_though_a_table_has_a_title_of_its_own() {
    let ours = market(
        "[[source]]\nid = \"a\"\nkind = \"page\"\nurl = \"https://a.example/\"\nvoice = \"blog\"\n\
         item = \"article\"\ntitle = \"h2\"\nlink = \"h2 a\"\n",
    );
    let table = csv::write(&ours);
    assert!(
        table.starts_with(
            "id,kind,voice,owner,tags,language,every,paused,url,item,page.link,page.title\r\n"
        ),
        "{table}"
    );
    let toml = taken_in(&table, &market("")).entries[0].toml();
    assert!(toml.contains("link = \"h2 a\"\n") && toml.contains("title = \"h2\"\n"), "{toml}");
    assert!(!toml.starts_with('#'), "{toml}");
}

#[test]
fn the_owner_of_a_group_goes_out_by_the_groups_name() {
    let ours = market(
        "[[owner]]\nname = \"Acme Labs\"\ndomains = [\"acme.example\"]\n[[source]]\nid = \"a\"\nkind = \"feed\"\n\
         url = \"https://blog.acme.example/\"\nvoice = \"vendor\"\n",
    );
    let plan = taken_in(&csv::write(&ours), &market(""));
    assert_eq!(plan.entries[0].details.owner.as_deref(), Some("Acme Labs"));
}
