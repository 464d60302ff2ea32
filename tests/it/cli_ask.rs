//! `overheard ask` and `overheard near`, as a seller calls them.

use std::path::Path;

use serde_json::Value;

use crate::cli::{fine, overheard, refused};

/// The sample market, heard and judged; its posts are of autumn 2026, so that questions look far back.
fn demo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fine(&overheard(&["demo", "--data", "var"], folder.path(), ""));
    folder
}

fn of_demo<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut all = arguments.to_vec();
    all.extend(["--data", "var", "--sources", "var/sources"]);
    all
}

fn ask(at: &Path, arguments: &[&str]) -> String {
    let mut all = vec!["ask", "--since", "20y"];
    all.extend(arguments);
    fine(&overheard(&of_demo(&all), at, ""))
}

#[test]
fn a_question_is_answered_with_evidence_in_words_that_stand_in_posts() {
    let folder = demo();
    let at = folder.path();
    let said = ask(at, &["what do others say about the cost of observability?"]);
    assert!(said.starts_with("About: cost of observability · last 20 years · "), "{said}");
    assert!(said.contains("PATTERN · ") && said.contains("independent voices"), "{said}");
    assert!(said.contains("disagree") && said.contains("https://"), "{said}");
    assert!(said.lines().count() <= 25, "{said}");
    let is_long = |line: &&str| line.chars().count() > 80 && !line.contains("http");
    assert_eq!(said.lines().find(is_long), None, "{said}");

    let answer: Value =
        serde_json::from_str(&ask(at, &["is anyone moving to open tables", "--json"])).unwrap();
    let claim = &answer["said"]["claim"];
    let id = claim["post"].as_str().unwrap();
    let post = fine(&overheard(&of_demo(&["why", id, "--json"]), at, ""));
    let post: Value = serde_json::from_str(&post).unwrap();
    let text = post["post"]["said"]["text"].as_str().unwrap().split_whitespace();
    let text = text.collect::<Vec<_>>().join(" ");
    assert!(text.contains(claim["text"].as_str().unwrap()), "{claim} is not in {text}");

    let nothing = ask(at, &["wedding", "photography"]);
    assert!(nothing.contains("Nothing solid: nobody we listen to said anything"), "{nothing}");
    assert!(nothing.lines().count() <= 4, "{nothing}");
    let customers = ask(at, &["what do customers say about open tables?"]);
    assert!(customers.contains("customer only") && !customers.contains(", social,"), "{customers}");
    let account = ask(at, &["what happened with the Tarnwick login?"]);
    assert!(account.contains("naming Tarnwick"), "{account}");
    let leaving = ask(at, &["Is anyone leaving Kestrelbase?"]);
    assert!(leaving.contains("PATTERN · 5 independent voices"), "{leaving}");
    assert!(leaving.contains("Portolan moved its reporting from Kestrelbase"), "{leaving}");
    let reliable = ask(at, &["is Tarnwick reliable?"]);
    assert!(
        reliable.contains("7 negative") && !reliable.contains("tarnwick.example"),
        "{reliable}"
    );
    // Who sells agents stands against those who found none, and who does not buy it beside them.
    let agents = ask(at, &["is on-call work going away?"]);
    let (with, against) = agents.split_once("1 disagrees:").unwrap();
    assert!(with.contains("I don't buy it") && against.contains("Brackenfold"), "{agents}");
    let fewer = ask(at, &["outages", "--topic", "outage", "--voice", "press"]);
    assert!(fewer.contains("on Outage · press only"), "{fewer}");

    let near = fine(&overheard(&of_demo(&["near", id, "--limit", "3"]), at, ""));
    assert!(near.contains("like ·") && !near.contains(&id[..12]), "{near}");
    let near = ["near", "agents take over on-call work", "--limit", "2", "--json"];
    let near: Value = serde_json::from_str(&fine(&overheard(&of_demo(&near), at, ""))).unwrap();
    let likeness = |at: usize| near[at]["likeness"].as_f64().unwrap();
    assert!(likeness(0) >= likeness(1) && likeness(1) > 0.5, "{near}");
}

#[test]
fn what_cannot_be_asked_is_refused_with_what_to_do() {
    let folder = demo();
    let at = folder.path();
    let refusal = |arguments: &[&str]| {
        let mut all = vec!["ask"];
        all.extend(arguments);
        refused(&overheard(&of_demo(&all), at, ""), 2)
    };
    assert!(refusal(&["?"]).contains("is empty"));
    assert!(refusal(&["what do others say about it?"]).contains("does not say what about"));
    assert!(refusal(&[&"cloud ".repeat(17_000)]).contains("one sentence"));
    let german =
        "Was sagen die anderen über die steigenden Preise für Speicher und Netz in der Wolke?";
    assert!(refusal(&[german]).contains("German"));
    assert!(refusal(&["Was hören andere über Tarnwick?"]).contains("the encoder reads English"));
    assert!(refusal(&["outages", "--account", "Tarnwik"]).contains("did you mean \"Tarnwick\"?"));
    assert!(refusal(&["outages", "--topic", "Outrage"]).contains("did you mean \"Outage\"?"));
    assert!(refusal(&["outages", "--since", "soon"]).contains("14d"));
    let nowhere =
        overheard(&["ask", "outages", "--data", "none", "--sources", "var/sources"], at, "");
    assert!(refused(&nowhere, 1).contains("there is no store"));
}
