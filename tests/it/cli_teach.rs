//! `overheard teach`, `topics`, `why` and `rejudge`, as a marketer calls them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cli::{fine, market, overheard, refused, words};
use crate::site::Site;

const TOPICS: &str = "[[topic]]\nname = \"Cloud cost\"\n\
    description = \"What companies pay for cloud services, and why their bills grow.\"\n\
    examples = [\"Our cloud bill doubled and nobody can say why.\", \"Egress fees eat our margin.\"]\n\
    [[topic]]\nname = \"Hiring\"\nkind = \"signal\"\n\
    description = \"A company is looking for people to hire.\"\n";

const SAID: [(&str, &str); 6] = [
    ("bill", "Our cloud bill grew by a third and finance wants to know why."),
    ("fees", "Egress fees are the part of the invoice that nobody planned for."),
    ("jobs", "We are hiring four engineers for the platform team in Lisbon this spring."),
    ("cake", "The cake at the office party was delicious and everybody wanted the recipe."),
    ("bus", "The bus company raised the fares again and commuters are angry about the bills."),
    ("wolke", "Die Rechnung für die Wolke ist schon wieder gestiegen, und keiner weiß, warum."),
];

/// A folder with a store that has heard and judged all of this.
fn heard() -> tempfile::TempDir {
    let site = Site::open();
    let item = |(key, text): &(&str, &str)| {
        format!(
            "<item><guid>{key}</guid><link>https://blog.example/{key}</link>\
             <title>On {key}</title><description>{text}</description></item>"
        )
    };
    let items = SAID.iter().map(item).collect::<Vec<_>>().concat();
    let feed = format!("<rss version='2.0'><channel><title>A</title>{items}</channel></rss>");
    site.put("/feed", "text/xml", &feed);
    let url = site.url("/feed");
    let folder = market(&format!(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n{TOPICS}"
    ));
    fs::write(folder.path().join("overheard.toml"), "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\n")
        .unwrap();
    fine(&overheard(&["run"], folder.path(), ""));
    folder
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&fine(&overheard(arguments, folder, ""))).unwrap()
}

/// The score of a topic by the rules in force.
fn score(story: &Value, topic: &str) -> f64 {
    let all = story["now"].as_array().unwrap();
    all.iter().find(|one| one["name"] == topic).unwrap()["score"].as_f64().unwrap()
}

#[test]
fn a_marketer_teaches_sees_what_it_changed_and_takes_it_back() {
    let folder = heard();
    let at = folder.path();
    let story = |key: &str| json(at, &["why", &format!("https://blog.example/{key}"), "--json"]);
    let before = story("bill");
    assert_eq!(before["old"], false);
    assert!(score(&before, "Cloud cost") > 0.5, "{before}");
    let id = before["post"]["id"].as_str().unwrap().to_owned();

    let said = fine(&overheard(
        &["teach", "--post", &id[..8], "--topic", "cloud cost", "--is-not"],
        at,
        "",
    ));
    assert!(said.contains("Cloud cost: “is not” (before: nothing)"), "{said}");
    assert!(said.contains("Cloud cost: +0 posts, −1") && said.contains("− On bill"), "{said}");
    assert!(said.contains("1 label (0 is, 1 is not)"), "{said}");
    assert!(said.contains("6 posts judged again"), "{said}");
    let after = story("bill");
    assert!(score(&after, "Cloud cost") < 0.5);
    assert_eq!(
        (&after["old"], after["verdict"]["topics"].as_array().unwrap().len()),
        (&false.into(), 0)
    );
    assert_ne!(after["ruleset"], before["ruleset"], "labels are part of the rules");
    let why = fine(&overheard(&["why", &id], at, ""));
    for part in ["On bill", "Labelled   is not Cloud cost", "labelled as not it", "Language   en"] {
        assert!(why.contains(part), "{part}: {why}");
    }

    let asked = serde_json::json!({"id": "bill", "text": SAID[0].1}).to_string();
    let classified = |arguments: &[&str]| -> Value {
        serde_json::from_str(&fine(&overheard(arguments, at, &asked))).unwrap()
    };
    assert_eq!(classified(&["classify"])["topics"][0]["name"], "Cloud cost");
    let taught = classified(&["classify", "--taught"]);
    assert_eq!(
        (&taught["topics"], &taught["ruleset"]),
        (&serde_json::json!([]), &after["ruleset"])
    );

    let said = fine(&overheard(&["teach", "--undo"], at, ""));
    assert!(said.contains("Cloud cost: nothing (before: “is not”)"), "{said}");
    let again = story("bill");
    assert_eq!(again["ruleset"], before["ruleset"]);
    assert_eq!(again["now"], before["now"]);
    // The first verdict was read off the whole embedding, this one off what is kept of it.
    assert_eq!(again["verdict"]["topics"][0]["why"], before["verdict"]["topics"][0]["why"]);
    assert!(refused(&overheard(&["teach", "--undo"], at, ""), 2).contains("nothing to take back"));
    assert!(fine(&overheard(&["verify"], at, "")).contains("6 posts"));
}

#[test]
fn a_file_of_labels_is_taken_whole_or_not_at_all() {
    let folder = heard();
    let at = folder.path();
    let teach = |csv: &str| {
        fs::write(at.join("labels.csv"), csv).unwrap();
        overheard(&["teach", "--labels", "labels.csv"], at, "")
    };
    let contrary = teach(
        "post,topic,label\nhttps://blog.example/bill,Cloud cost,is\n\
         https://blog.example/bill/,cloud cost,is not\n",
    );
    let said = refused(&contrary, 2);
    assert!(said.contains("line 2 says “is” and line 3 says “is not”"), "{said}");
    let said = refused(
        &teach(
            "post,topic,label\nhttps://blog.example/gone,Cloud cost,is\n0123abcd,Hiring,is\n\
             https://blog.example/wolke,Cloud cost,is\n?,Hiring,is\n",
        ),
        2,
    );
    for part in [
        "line 2: no post kept has the URL https://blog.example/gone",
        "line 3: no post kept has an id that begins 0123abcd",
        "cannot teach: its language (de)",
        "line 5: \"?\" names no post",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = refused(&teach("post,topic,label\nhttps://blog.example/bus,Cloud cots,is\n"), 2);
    assert!(said.contains("line 2: there is no topic or signal “Cloud cots”"), "{said}");
    assert!(said.contains("did you mean “Cloud cost”?"), "{said}");
    let list = json(at, &["topics", "list", "--json"]);
    assert_eq!(list["topics"][0]["is"], 0, "nothing was taken: {list}");

    let said = fine(&teach(
        "post,topic,label\nhttps://blog.example/bus,Cloud cost,is\nhttps://blog.example/jobs,hiring,is\n",
    ));
    assert!(said.contains("2 labels read, 2 of them new or changed"), "{said}");
    let said = fine(&teach("post,topic,label\nhttps://blog.example/bus,Cloud cost,no\n"));
    assert!(said.contains("line 2: “is not” replaces “is” of https://blog.example/bus"), "{said}");
    let list = fine(&overheard(&["topics", "list"], at, ""));
    assert!(list.contains("Cloud cost (topic): 2 examples; 1 label (0 is, 1 is not)"), "{list}");
    assert!(list.contains("Hiring (signal)") && list.contains("0 of 30 drawn by chance"), "{list}");
}

#[test]
fn what_cannot_be_taught_is_said_with_what_to_do() {
    let folder = market(TOPICS);
    let at = folder.path();
    let said = words(&overheard(&["teach", "--queue"], at, "").stderr);
    assert!(said.contains("there is no store") && said.contains("overheard run"), "{said}");
    assert!(refused(&overheard(&["teach"], at, ""), 2).contains("--post ID --topic NAME --is"));
    let half = ["teach", "--post", "0123abcd", "--topic", "Hiring"];
    assert!(refused(&overheard(&half, at, ""), 2).contains("--is, or --is-not"));
    let wrong = ["teach", "--post", "0123abcd", "--topic", "Hirings", "--is"];
    assert!(refused(&overheard(&wrong, at, ""), 2).contains("did you mean “Hiring”?"));
}

#[test]
fn other_rules_are_tried_before_they_are_published_and_then_judged_by() {
    let folder = heard();
    let at = folder.path();
    let new = "[[topic]]\nname = \"Cloud cost\"\ndescription = \"Bills for the cloud.\"\n\
        any = [\"egress\"]\n[[topic]]\nname = \"Cakes\"\ndescription = \"Cakes and parties.\"\n\
        any = [\"cake\"]\n";
    fs::write(at.join("new.toml"), new).unwrap();
    let said = fine(&overheard(&["topics", "diff", "new.toml", "--days", "3000"], at, ""));
    assert!(said.contains("Cakes: +1 post, −0 (0 before)") && said.contains("+ On cake"), "{said}");
    assert!(said.contains("Hiring: +0 posts, −1 (1 before)"), "{said}");
    let diff = json(at, &["topics", "diff", "new.toml", "--days", "3000", "--json"]);
    assert_eq!((&diff["posts"], &diff["not_read"]), (&6.into(), &0.into()));
    assert_eq!(diff["changes"]["Cakes"]["gained"], 1);

    // Trying changed nothing; publishing does.
    let said = fine(&overheard(&["rejudge"], at, ""));
    assert!(said.contains("0 posts judged") && said.contains("No topic gained or lost"), "{said}");
    let mine = fs::read_to_string(at.join("sources/mine.toml")).unwrap();
    fs::write(at.join("sources/mine.toml"), mine.replace(TOPICS, new)).unwrap();
    let why = fine(&overheard(&["why", "https://blog.example/cake"], at, ""));
    assert!(why.contains("It is old") && why.contains("overheard rejudge"), "{why}");
    let said = fine(&overheard(&["rejudge", "--since", "9000d"], at, ""));
    assert!(said.contains("6 posts judged") && said.contains("Cakes: +1 post"), "{said}");
    assert!(fine(&overheard(&["rejudge"], at, "")).contains("0 posts judged"));
    assert_eq!(json(at, &["rejudge", "--afresh", "--json"])["judged"], 6);
    let wrong = overheard(&["rejudge", "--since", "soon"], at, "");
    assert!(refused(&wrong, 2).contains("write 2026-11-01 or 14d"));
}

#[test]
fn the_queue_gives_the_command_that_answers() {
    let folder = heard();
    let at = folder.path();
    let ask = ["teach", "--queue", "--random", "--topic", "Cloud cost", "--limit", "3"];
    let said = fine(&overheard(&ask, at, ""));
    assert!(said.contains("drawn by chance; label every one"), "{said}");
    let command =
        said.lines().find(|line| line.trim().starts_with("overheard teach --post")).unwrap();
    let id = command.split_whitespace().nth(3).unwrap();
    assert!(command.contains("--topic \"Cloud cost\" --is"), "{command}");
    fine(&overheard(&["teach", "--post", id, "--topic", "Cloud cost", "--is"], at, ""));
    let list = json(at, &["topics", "list", "--json"]);
    assert_eq!(
        (&list["topics"][0]["counted"], &list["topics"][0]["precision"]),
        (&1.into(), &Value::Null)
    );
    assert!(json(at, &["teach", "--queue", "--json"]).is_array());
}
