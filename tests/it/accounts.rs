//! Accounts from the outside: what stands in tables, who is named, and by what rules.

use std::fs;
use std::path::{Path, PathBuf};

use overheard::account::Account;
use overheard::classify::accounts::{Accounts, Caution};
use overheard::classify::signals::arguments;
use overheard::eval::accounts::own;
use overheard::eval::counts::{Counts, Half};
use overheard::eval::signals;
use overheard::verdict::{AccountVerdict, Band, TopicVerdict};
use proptest::prelude::*;
use serde_json::Value;

use crate::cli::{fine, market, overheard, refused};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn account(toml: &str) -> Account {
    toml::from_str(toml).unwrap()
}

/// What is named, by words alone.
fn named(accounts: &Accounts, text: &str) -> Vec<AccountVerdict> {
    let mut verdicts = accounts.settle(&accounts.look(text, &[]), |_| None, |_| None);
    verdicts.retain(|verdict| verdict.score >= Band::THRESHOLD);
    verdicts
}

fn one(toml: &str) -> Accounts {
    Accounts::new(vec![account(toml)]).unwrap()
}

fn counts(half: Half, caution: Caution) -> Counts {
    own(&fixtures().join("accounts"), None, caution, half).unwrap().0
}

#[test]
fn our_own_labelled_texts_are_understood_and_caution_is_worth_its_price() {
    for half in [Half::Tuned, Half::HeldOut] {
        let usual = counts(half, Caution::Usual);
        let none = counts(half, Caution::None);
        assert!(usual.texts >= 100 && usual.there >= 60, "{usual:?}");
        assert!(usual.precision() >= 0.93 && usual.recall() >= 0.85, "{half:?}: {usual:?}");
        assert!(none.precision() + 0.2 < usual.precision(), "{half:?}: {none:?}");
    }
}

#[test]
fn arguments_of_sentences_that_no_pattern_was_written_for_are_found_word_for_word() {
    for (folder, precision, recall) in [("sentences", 0.95, 0.95), ("posts", 0.8, 0.83)] {
        let file = fixtures().join("signals").join(folder);
        let report = signals::measure(&file, Half::HeldOut).unwrap();
        let all = report.all().exact;
        assert!(report.posts >= 60 && all.there >= 90, "{all:?}");
        assert!(all.precision() >= precision && all.recall() >= recall, "{folder}: {all:?}");
    }
}

#[test]
fn namesakes_in_texts_nobody_tuned_to_are_told_apart() {
    let folder = fixtures().join("accounts/namesakes");
    let counts = own(&folder, None, Caution::Usual, Half::HeldOut).unwrap().0;
    assert!(counts.precision() >= 0.8 && counts.recall() >= 0.75, "{counts:?}");
}

#[test]
fn a_common_word_is_a_company_with_a_ticker_a_handle_or_what_it_is_beside_it() {
    let slate = one("name = 'Slate'");
    for text in [
        "$SLATE fell by a tenth.",
        "Thanks @slatesupport, solved!",
        "We asked Slate, the invoicing start-up, for a price.",
        "The chipmaker Slate is hiring.",
        "We moved from paper to Slate in May.",
        "Slate (NASDAQ: SLTE) closed higher.",
        "Slate has announced a second office.",
        "Is the Slate API down?",
    ] {
        assert_eq!(named(&slate, text).len(), 1, "{text}");
    }
    for text in [
        "A slate roof lasts for a century.",
        "Slate is cold to the touch.",
        "The Slate River is closed to boats.",
        "We start with a clean Slate on Monday.",
        "translated",
        "See https://elsewhere.example/slate for more.",
    ] {
        assert_eq!(named(&slate, text), [], "{text}");
    }
}

#[test]
fn a_name_two_accounts_share_needs_support_and_a_link_decides() {
    let accounts = Accounts::new(vec![
        account("name = 'Meridian Data'\naliases = ['Meridian']\ndomain = 'meridian-data.example'"),
        account("name = 'Meridian Hotels'\naliases = ['Meridian']\ndomain = 'meridian.example'"),
    ])
    .unwrap();
    let names = |text: &str| -> Vec<String> {
        named(&accounts, text).into_iter().map(|verdict| verdict.name).collect()
    };
    assert_eq!(names("Meridian Hotels opens in Oslo."), ["Meridian Hotels"]);
    assert!(names("Meridian and more.").is_empty());
    let linked = "Meridian again: https://www.meridian-data.example/news";
    assert_eq!(names(linked)[0], "Meridian Data");
}

#[test]
fn a_short_name_in_capitals_is_not_the_word_it_spells() {
    let sap = one("name = 'SAP'");
    assert_eq!(named(&sap, "The SAP project is late.")[0].mention, "SAP");
    assert_eq!(named(&sap, "The sap runs in spring."), []);
    assert_eq!(named(&sap, "Sap runs in spring."), []);
}

#[test]
fn nothing_anybody_writes_breaks_the_search() {
    let accounts = Accounts::new(vec![
        account("name = 'The'\ndomain = 'the.example'"),
        account("name = 'X'\nabout = 'a network'"),
        account("name = 'Acme'\naliases = ['', '🔥', '@', '$', '&', '\u{301}', '=1+1']"),
    ])
    .unwrap();
    let megabyte = "The Acme the x @ $ & ".repeat(50_000);
    let one_word = "acme".repeat(250_000);
    let links = "https://the.example/ ".repeat(20_000);
    for text in ["", " ", "🔥🔥", "\0\0Acme\0", &megabyte, &one_word, &links, "İ Acme ß"] {
        for verdict in accounts.settle(&accounts.look(text, &[]), |_| Some(-1.0), |_| None) {
            assert!(verdict.score <= 1.0 && text.contains(&verdict.mention), "{verdict:?}");
        }
    }
    assert_eq!(named(&accounts, "\0\0Acme\0")[0].mention, "Acme");
    assert_eq!(named(&accounts, "The end of the X files."), []);
}

proptest! {
    #[test]
    fn a_mention_is_always_a_slice_of_the_text(text in "(\\PC|Acme|acme's|@acme|ACME|İ|ﬁ| |\n){0,40}") {
        let accounts = one("name = 'Acme'");
        for verdict in accounts.settle(&accounts.look(&text, &[]), |_| None, |_| None) {
            prop_assert!(text.contains(&verdict.mention), "{verdict:?} in {text:?}");
        }
    }
}

#[test]
fn a_verdict_written_before_there_were_arguments_is_still_read() {
    let before = r#"{"name":"Funding","score":0.9,"band":"yes","why":"says “raises”"}"#;
    let read: TopicVerdict = serde_json::from_str(before).unwrap();
    assert!(read.arguments.is_empty());
    assert_eq!(serde_json::to_string(&read).unwrap(), before, "and written as it was");
    let now = TopicVerdict { arguments: arguments("Funding", "Acme raises $4M.", &[]), ..read };
    let written = serde_json::to_value(&now).unwrap();
    let said = serde_json::json!([
        {"part": "amount", "text": "$4M", "start": 12, "end": 15},
        {"part": "who", "text": "Acme", "start": 0, "end": 4},
    ]);
    assert_eq!(written["arguments"], said);
}

#[test]
fn a_table_beside_the_files_gives_accounts_and_readers_have_those_of_an_owner() {
    let folder = market(
        "[[account]]\nname = \"Globex\"\nowner = \"Ada\"\n\
         [[reader]]\nid = \"ada\"\nname = \"Ada\"\naccounts = [\"Acme\"]\naccounts_of = [\"Ada\"]\n",
    );
    let table = folder.path().join("sources/accounts.csv");
    fs::write(
        &table,
        "Account Name,Website,Account Owner\nAcme,www.acme.example,Ada\nInitech,,Ben\n",
    )
    .unwrap();
    let said = fine(&overheard(&["check", "--json"], folder.path(), ""));
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["accounts"], 3);
    let read = overheard::config::Market::read(&folder.path().join("sources")).unwrap();
    assert_eq!(read.readers[0].accounts, ["Acme", "Globex"]);

    fs::write(
        &table,
        "name,domain\nAcme,acme.example\nGLOBEX,\nThe,\n,nobody.example\nQuill,x y\n",
    )
    .unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    for expected in [
        "sources/accounts.csv:4: account “The”: every text holds this word",
        "sources/accounts.csv:5: no name; give the company's name, or delete the row",
        "sources/accounts.csv:6: “Quill”: \"x y\" is no domain; write it like acme.example",
        "a second account \"Globex\"; the first is at sources/accounts.csv:3",
    ] {
        assert!(said.contains(expected), "{expected:?} is missing in:\n{said}");
    }
}

#[test]
fn the_owner_a_reader_names_has_to_be_one() {
    let folder = market(
        "[[account]]\nname = \"Globex\"\nowner = \"Ada\"\ndomain = \"globex\"\n\
         [[reader]]\nid = \"b\"\nname = \"B\"\naccounts_of = [\"Adda\"]\n",
    );
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(
        said.contains("mine.toml:4: account “Globex”: domain: \"globex\" is no domain"),
        "{said}"
    );
    assert!(!said.contains("Adda"), "it may be the broken account's: {said}");
    let file = folder.path().join("sources/mine.toml");
    let mended = fs::read_to_string(&file).unwrap().replace("\"globex\"", "\"globex.example\"");
    fs::write(&file, mended).unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(said.contains("no owner of accounts \"Adda\" is defined"), "{said}");
    assert!(said.contains("did you mean `Ada`?"), "{said}");
}

#[test]
fn accounts_that_readers_name_already_can_be_imported() {
    let readers = "[[reader]]\nid = \"ada\"\nname = \"Ada\"\naccounts = [\"Acme\"]\naccounts_of = [\"Ada\"]\n";
    let folder = market(readers);
    let run =
        |export: &str| overheard(&["accounts", "import", "-", "--yes"], folder.path(), export);
    let said = refused(&run("name,owner\nGlobex,Ada\n"), 2);
    assert!(said.contains("nothing was written") && said.contains("Acme"), "{said}");
    fine(&run("name,owner\nAcme,Ada\n"));
    fine(&overheard(&["check"], folder.path(), ""));
}

#[test]
fn an_export_is_imported_as_far_as_it_can_be_and_taken_back() {
    let folder = market("[[account]]\nname = \"Globex\"\ndomain = \"globex.example\"\n");
    let table = folder.path().join("sources/accounts.csv");
    // As Excel saves it.
    fs::write(&table, "\u{feff}name\r\nInitech\r\n").unwrap();
    let before = fs::read(&table).unwrap();
    let export = "Company name;Company Domain Name;Company owner\n\
                  Acme;acme.example;Ada\nGlobex Corp;globex.example;Ben\n;x.example;\nAcme Ltd;acme.example;\n\
                  initech;;\n";
    let run = |arguments: &[&str], stdin: &str| {
        overheard(&[&["accounts", "import", "-"], arguments].concat(), folder.path(), stdin)
    };
    let said = fine(&run(&["--yes", "--json"], export));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["added"], serde_json::json!(["Acme"]));
    assert_eq!(said["there"], 2);
    assert_eq!(said["left_out"][0], "line 4: no name; give the company's name, or delete the row");
    assert!(said["cleaned"][0].as_str().unwrap().contains("is one with “Acme” in line 2"));
    let written = fs::read_to_string(&table).unwrap();
    assert!(written.contains("Acme,Acme Ltd,acme.example,Ada") && written.contains("Initech"));
    assert!(fine(&run(&["--yes"], export)).contains("0 new accounts, 3 there already"));
    fine(&overheard(&["sources", "undo"], folder.path(), ""));
    assert_eq!(fs::read(&table).unwrap(), before);
}
