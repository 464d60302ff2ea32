//! Another encoder in use: the binary judges by it, and a store goes on with it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::TEXTS;
use super::tiny::{FORMS, Form, Tiny, WIDTH};
use crate::cli::{fine, market, overheard, refused};
use crate::site::Site;

const DESCRIPTION: &str = "the price of our cloud bill";

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn set(at: &Path, encoder: &str, languages: &str) {
    let settings = format!(
        "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\n[classify]\nencoder = {encoder:?}\nlanguages = {languages}\n"
    );
    fs::write(at.join("overheard.toml"), settings).unwrap();
}

/// The cosine in "close to its description (0.87)".
fn cosine_told(answer: &Value) -> f32 {
    let why = answer["topics"][0]["why"].as_str().unwrap();
    let told = why.split("close to its description (").nth(1).unwrap();
    told.split(')').next().unwrap().parse().unwrap()
}

#[test]
fn the_binary_judges_by_the_checkpoint_of_the_settings() {
    let folder = market(&format!("[[topic]]\nname = \"Cost\"\ndescription = \"{DESCRIPTION}\"\n"));
    let at = folder.path();
    let asked: String = TEXTS
        .iter()
        .enumerate()
        .map(|(id, text)| json!({"id": id, "text": text}).to_string() + "\n")
        .collect();
    for form in FORMS {
        let tiny = Tiny::make(at, form);
        set(at, &format!("tiny-{}", form.name()), "[\"any\"]");
        let answers = lines(&fine(&overheard(&["classify", "--all"], at, &asked)));
        assert_eq!(answers.len(), TEXTS.len());
        let description = tiny.reference(DESCRIPTION);
        for (text, answer) in TEXTS.iter().zip(&answers) {
            let model = answer["model"].as_str().unwrap();
            assert!(model.starts_with(&format!("tiny-{}:", form.name())), "{model}");
            assert!(model.contains("+languages:any+reading:"), "{model}");
            let theirs: f32 =
                tiny.reference(text).iter().zip(&description).map(|(a, b)| a * b).sum();
            let ours = cosine_told(answer);
            assert!((ours - theirs).abs() < 0.0051, "{form:?} {text}: {ours} and {theirs}");
            // Ours fits the published encoder alone, and nothing is made up in its place.
            assert_eq!(answer["sentiment"]["label"], "unknown", "{answer}");
            assert_eq!(answer["sentiment"]["probs"], Value::Null, "{answer}");
        }
    }
}

#[test]
fn whatever_is_read_in_a_folder_makes_another_encoder_when_it_changes() {
    let folder = market(&format!("[[topic]]\nname = \"Cost\"\ndescription = \"{DESCRIPTION}\"\n"));
    let at = folder.path();
    let tiny = Tiny::make(at, Form::Bert);
    set(at, "tiny-bert", "[\"any\"]");
    let asked = json!({"id": 1, "text": "our bill"}).to_string();
    let model = || {
        let answers = lines(&fine(&overheard(&["classify"], at, &asked)));
        answers[0]["model"].as_str().unwrap().to_owned()
    };
    let mut seen = vec![model()];
    tiny.set("hidden_act", json!("relu"));
    seen.push(model());
    fs::write(tiny.folder.join("sentence_bert_config.json"), "{\"max_seq_length\": 12}").unwrap();
    seen.push(model());
    fs::write(tiny.folder.join("tokenizer_config.json"), "{\"do_lower_case\": false}").unwrap();
    seen.push(model());
    // What nobody reads changes nothing.
    fs::write(tiny.folder.join("README.md"), "Trained on a Sunday.").unwrap();
    assert_eq!(seen.last(), Some(&model()));
    for (place, id) in seen.iter().enumerate() {
        assert!(!seen[..place].contains(id), "{seen:?}");
    }
}

#[test]
fn settings_that_do_nothing_or_cannot_work_are_refused_by_check_and_by_classify() {
    let folder = market("");
    let at = folder.path();
    Tiny::make(at, Form::Bert);
    for (settings, said) in [
        ("encoder = \"tiny-bert\"\nbackend = \"light\"", "runs all-MiniLM-L6-v2 alone"),
        ("encoder = \"tiny-bert\"\nprecision = \"bf16\"", "`precision` in [classify] is for"),
        ("backend = \"light\"\nprecision = \"auto\"", "`precision` in [classify] is for"),
        ("threads = 1000000", "1000000 is too many; write 256 at most"),
    ] {
        fs::write(at.join("overheard.toml"), format!("[classify]\n{settings}\n")).unwrap();
        let checked = refused(&overheard(&["check"], at, ""), 2);
        assert!(checked.contains(said), "{settings}: {checked}");
        let judged = overheard(&["classify"], at, "");
        assert!(!judged.status.success(), "{settings}");
        let told = String::from_utf8_lossy(&judged.stderr).into_owned();
        assert!(told.contains(said), "{settings}: {told}");
    }
}

#[test]
fn only_the_languages_of_the_settings_are_judged_and_the_reason_is_told() {
    let folder = market(&format!("[[topic]]\nname = \"Cost\"\ndescription = \"{DESCRIPTION}\"\n"));
    let at = folder.path();
    Tiny::make(at, Form::XlmRoberta);
    set(at, "tiny-xlm-roberta", "[\"de\", \"fr\"]");
    let asked = [
        "Die Rechnung für die Wolke ist schon wieder gestiegen, und keiner weiß, warum.",
        "The cloud bill has grown again and nobody knows why.",
        "🔥",
    ];
    let asked: String =
        asked.iter().map(|text| json!({"id": 1, "text": text}).to_string() + "\n").collect();
    let answers = lines(&fine(&overheard(&["classify", "--all"], at, &asked)));
    let reason = |answer: &Value| answer["not_judged"].as_str().map(str::to_owned);
    assert_eq!((answers[0]["topics"].as_array().unwrap().len(), reason(&answers[0])), (1, None));
    assert_eq!(reason(&answers[1]).as_deref(), Some("it is in English; the encoder reads de,fr"));
    assert_eq!(
        reason(&answers[2]).as_deref(),
        Some("its language cannot be told; the encoder reads de,fr")
    );
    for unjudged in &answers[1..] {
        for list in ["topics", "signals"] {
            assert_eq!(unjudged[list], json!([]), "{unjudged}");
        }
        assert_eq!(unjudged["sentiment"]["label"], "unknown");
    }
    assert!(answers[0]["model"].as_str().unwrap().contains("+languages:de,fr+"));
}

#[test]
fn a_store_goes_on_with_another_encoder_and_never_holds_one_against_the_other() {
    let site = Site::open();
    let item = |key: &str, text: &str| {
        format!(
            "<item><guid>{key}</guid><link>https://blog.example/{key}</link><description>{text}</description></item>"
        )
    };
    let items = item("bill", "Our cloud bill grew by a third and finance wants to know why.")
        + &item(
            "cake",
            "The cake at the office party was delicious, and everybody wanted more of it.",
        )
        + &item(
            "wolke",
            "Die Rechnung für die Wolke ist schon wieder gestiegen, und keiner weiß, warum.",
        );
    let feed = format!("<rss version='2.0'><channel><title>A</title>{items}</channel></rss>");
    site.put("/feed", "text/xml", &feed);
    let url = site.url("/feed");
    let folder = market(&format!(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n\
         [[topic]]\nname = \"Cost\"\ndescription = \"{DESCRIPTION}\"\n"
    ));
    let at = folder.path();
    fs::write(at.join("overheard.toml"), "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\n").unwrap();
    let run = fine(&overheard(&["run"], at, ""));
    assert!(run.contains("Not judged   1 post in German: kept and counted"), "{run}");
    let json_of = |arguments: &[&str]| -> Value {
        serde_json::from_str(&fine(&overheard(arguments, at, ""))).unwrap()
    };
    let of = |code: &str| {
        let status = json_of(&["status", "--json"]);
        let languages = status["languages"].as_array().unwrap().clone();
        let found = languages.iter().find(|language| language["code"] == code).unwrap();
        (found["posts"].as_u64().unwrap(), found["judged"].as_u64().unwrap())
    };
    assert_eq!((of("en"), of("de")), ((2, 2), (1, 0)));
    let status = fine(&overheard(&["status"], at, ""));
    let counted = "Last 30 days: 2 posts in English; not judged: 1 post in German";
    assert!(status.contains(counted), "{status}");
    let why =
        |key: &str| fine(&overheard(&["why", &format!("https://blog.example/{key}")], at, ""));
    let german = why("wolke");
    assert!(german.contains("Not judged: it is in German; the encoder reads en."), "{german}");
    fine(&overheard(
        &["teach", "--post", "https://blog.example/bill", "--topic", "Cost", "--is"],
        at,
        "",
    ));
    let refusal = ["teach", "--post", "https://blog.example/wolke", "--topic", "Cost", "--is"];
    assert!(refused(&overheard(&refusal, at, ""), 2).contains("its language (de)"));

    Tiny::make(at, Form::Roberta);
    set(at, "tiny-roberta", "[\"any\"]");
    let old = why("bill");
    assert!(old.contains("It is old: in force are model tiny-roberta:"), "{old}");
    assert!(!old.contains("Not listed"), "scores of one model by the rules of another: {old}");
    // The label teaches on, by an embedding of the new encoder.
    assert_eq!(json_of(&["rejudge", "--json"])["judged"], 3);
    assert_eq!(json_of(&["rejudge", "--json"])["judged"], 0);
    assert_eq!((of("en"), of("de")), ((2, 2), (1, 1)));
    let bill = why("bill");
    assert!(bill.contains("Labelled   is Cost"), "{bill}");
    assert!(bill.contains("unknown (0.00): this encoder has no sentiment branch"), "{bill}");
    fine(&overheard(
        &["teach", "--post", "https://blog.example/cake", "--topic", "Cost", "--is-not"],
        at,
        "",
    ));
    fine(&overheard(&["teach", "--queue"], at, ""));

    fine(&overheard(&["export", "all.jsonl"], at, ""));
    let exported = fs::read_to_string(at.join("all.jsonl")).unwrap();
    let embeddings: Vec<usize> = exported
        .lines()
        .filter_map(|line| line.split("\"embedding\":\"").nth(1)?.split('"').next().map(str::len))
        .collect();
    // Two bytes a number, two digits a byte.
    assert_eq!(embeddings, [usize::try_from(WIDTH).unwrap() * 4; 3]);
    assert!(exported.contains("Die Rechnung für die Wolke"), "what is not judged is kept");
    assert!(fine(&overheard(&["verify"], at, "")).contains("are whole"));
}
