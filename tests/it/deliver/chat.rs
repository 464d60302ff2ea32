//! Chats and webhooks: their limits, their refusals, and what signs a message.

use std::fmt::Write as _;

use hmac::{Hmac, Mac as _};
use jiff::SignedDuration;
use overheard::delivery::State;
use overheard::digest::{Digest, Proven};
use overheard::store::Store as _;
use overheard::views;
use serde_json::Value;
use sha2::Sha256;

use super::hook::Hook;
use super::{HOUR, World, by};
use crate::digest::market::busy;

const SLACK: &str = "kind = \"slack\"\nurl_file = \"slack-url\"";
const TEAMS: &str = "kind = \"teams\"\nurl_file = \"teams-url\"";

/// A digest of more than any chat takes, with words that mean something to chats.
fn overfull() -> Digest {
    let mut digest = busy().digest();
    let point = digest.blocks[0].points[0].clone();
    let news = digest.accounts[0].clone();
    digest.accounts = vec![news; 60];
    for n in 0..80 {
        let mut one = point.clone();
        write!(
            one.topic,
            " {n} <!channel> *all* [click](https://evil.example) <https://evil.example|bank>"
        )
        .unwrap();
        one.ask = Some("Und & < > ".repeat(40));
        digest.blocks[0].points.push(one);
    }
    digest
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_takes_a_digest_and_the_url_of_its_webhook_is_in_no_words() {
    let hook = Hook::slack();
    let world = World::of(&by(&[("slack-sales", SLACK)]), super::mail(1));
    world.secret("slack-url", &hook.url);
    let sent = world.pass().await.unwrap().remove(0);
    assert_eq!(sent.state, State::Sent, "{sent:?}");
    let message = hook.given()[0].json();
    assert!(message["text"].as_str().unwrap().contains("Overheard"));
    let shown = message.to_string();
    assert!(
        shown.contains("Egress fees") && shown.contains("https://dailyrack.example/"),
        "{shown}"
    );
    // Gone by now: what is said of it names the host alone.
    drop(hook);
    let again = world.only().again(world.clock_now());
    assert!(world.store.advance(&world.only(), &again).unwrap());
    let failed = world.pass().await.unwrap().remove(0);
    assert_eq!(failed.state, State::Failed, "nothing was handed over: {failed:?}");
    assert!(!failed.words.unwrap().contains("s3cret"));
}

#[test]
fn whatever_is_said_keeps_to_the_limits_of_slack_and_teams_and_means_nothing_to_them() {
    for digest in [busy().digest(), overfull()] {
        let proven = Proven::claimed(digest);
        let slack = views::slack(&proven);
        let blocks = slack["blocks"].as_array().unwrap();
        assert!(blocks.len() <= 50, "{}", blocks.len());
        let texts = blocks.iter().flat_map(|block| {
            let elements = block["elements"].as_array().cloned().unwrap_or_default();
            elements.into_iter().chain([block["text"].clone()])
        });
        for text in texts.filter_map(|text| text["text"].as_str().map(str::to_owned)) {
            assert!((1..=3_000).contains(&text.chars().count()));
            assert!(!text.contains("<!") && !text.contains("<https://evil.example"), "{text}");
        }
        let teams = views::teams(&proven);
        assert!(teams.to_string().len() <= 28 * 1024);
        assert_eq!(markdown_blocks(&teams), 0, "a text block would read Markdown");
        assert!(!teams.to_string().contains("\"url\":\"https://evil.example"));
    }
}

fn markdown_blocks(value: &Value) -> usize {
    match value {
        Value::Object(object) => {
            usize::from(object.get("type").is_some_and(|kind| kind == "TextBlock"))
                + object.values().map(markdown_blocks).sum::<usize>()
        }
        Value::Array(all) => all.iter().map(markdown_blocks).sum(),
        _ => 0,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_takes_even_a_digest_that_is_far_too_long() {
    let hook = Hook::teams();
    let world = World::of(&by(&[("teams-sales", TEAMS)]), super::mail(1));
    world.secret("teams-url", &hook.url);
    let mut digest = overfull();
    digest.date = digest.date.tomorrow().unwrap();
    world.claim(&digest);
    let states: Vec<_> = world.pass().await.unwrap().into_iter().map(|one| one.state).collect();
    assert_eq!(states, [State::Sent, State::Sent]);
    assert_eq!(hook.given().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_to_be_left_alone_is_for_as_long_as_it_says() {
    let hook = Hook::open(|n, _| {
        let busy =
            ("429 Too Many Requests\r\nRetry-After: 7200".to_owned(), "ratelimited".to_owned());
        Some(if n == 0 { busy } else { ("200 OK".to_owned(), "ok".to_owned()) })
    });
    let world = World::of(&by(&[("slack-sales", SLACK)]), super::mail(1));
    world.secret("slack-url", &hook.url);
    let mut tomorrow = busy().digest();
    tomorrow.date = tomorrow.date.tomorrow().unwrap();
    world.claim(&tomorrow);
    let failed = world.pass().await.unwrap();
    assert_eq!(failed.len(), 1, "the other was not even tried");
    assert_eq!(failed[0].state, State::Failed);
    assert!(failed[0].words.as_ref().unwrap().contains("429 ratelimited"));
    assert!(world.pass_after(HOUR).await.is_empty());
    assert_eq!(hook.given().len(), 1);
    let sent = world.pass_after(HOUR + SignedDuration::from_mins(1)).await;
    assert!(sent.len() == 2 && sent.iter().all(|one| one.state == State::Sent), "{sent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_says_nothing_may_have_taken_it_and_one_that_refuses_has_not() {
    for (answer, state) in [
        (None, State::Uncertain),
        (Some("504 Gateway Timeout"), State::Uncertain),
        (Some("404 Not Found"), State::Dead),
        (Some("302 Found\r\nLocation: http://127.0.0.1:1/"), State::Dead),
        (Some("500 Oops"), State::Uncertain),
        (Some("503 Service Unavailable"), State::Failed),
        (Some("202 Accepted"), State::Sent),
    ] {
        let hook = Hook::open(move |_, _| answer.map(|status| (status.to_owned(), String::new())));
        let world = World::of(&by(&[("slack-sales", SLACK)]), super::mail(1));
        world.secret("slack-url", &hook.url);
        let one = world.pass().await.unwrap().remove(0);
        assert_eq!(one.state, state, "{answer:?}: {one:?}");
        assert_eq!(hook.given().len(), 1, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_gets_the_digest_signed_and_named() {
    let hook = Hook::open(|_, _| Some(("200 OK".to_owned(), String::new())));
    let table = format!("kind = \"webhook\"\nurl = {:?}\nsecret_file = \"signing\"", hook.url);
    let world = World::of(&by(&[("crm", &table)]), super::mail(1));
    // Without the secret nothing is handed over.
    let failed = world.pass().await.unwrap().remove(0);
    assert_eq!(failed.state, State::Failed);
    assert!(failed.words.as_ref().unwrap().contains("signing") && hook.given().is_empty());
    world.secret("signing", "a key");
    world.pass_after(HOUR).await;
    let given = hook.given().remove(0);
    let message = given.json();
    assert_eq!(message["event"], "digest");
    let digest: Digest = serde_json::from_value(message["digest"].clone()).unwrap();
    assert_eq!(digest, busy().digest());
    assert_eq!(given.header("idempotency-key"), Some("2026-11-20/mara/crm"));
    assert_eq!(given.header("content-type"), Some("application/json"));
    let signature = given.header("x-overheard-signature").unwrap();
    let (seconds, code) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(seconds, super::at("2026-11-20T07:15:00Z").as_second().to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a key").unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(&given.body);
    let expected = mac.finalize().into_bytes();
    assert_eq!(code, expected.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_behind_our_own_door_is_not_written_to() {
    let hook = Hook::slack();
    let mut world = World::of(&by(&[("slack-sales", SLACK)]), super::mail(1));
    world.http =
        overheard::crawl::http::Http::new(overheard::crawl::http::Settings::default()).unwrap();
    for url in [
        hook.url.clone(),
        hook.url.replace("http:", "https:"),
        "https://169.254.169.254/x".to_owned(),
    ] {
        world.secret("slack-url", &url);
        let failed = world.pass_after(HOUR * 3).await.remove(0);
        assert_eq!(failed.state, State::Failed, "{failed:?}");
        assert!(failed.words.unwrap().contains("allowed_hosts"));
    }
    assert!(hook.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_out_of_order_holds_up_no_other() {
    let receiver = super::receiver::Receiver::open();
    let slow = Hook::open(|_, _| None);
    let tables = by(&[("slack-sales", SLACK), ("mail", ""), ("folder", "")]);
    let world = World::of(&tables, super::mail(receiver.port));
    world.secret("slack-url", &slow.url);
    let states: Vec<_> =
        world.pass().await.unwrap().into_iter().map(|one| (one.id.channel, one.state)).collect();
    assert_eq!(
        states,
        [("mail".to_owned(), State::Sent), ("slack-sales".to_owned(), State::Uncertain)]
    );
}
