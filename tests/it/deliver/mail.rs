//! Mail as a real server takes it, and what becomes of it with servers that are ill.

use std::path::Path;

use jiff::SignedDuration;
use mail_parser::{HeaderValue, MessageParser};
use overheard::config::{MailSettings, Tls};
use overheard::delivery::State;
use overheard::digest::Proven;
use overheard::store::Store as _;
use overheard::views;

use super::hostile::{Fault, Hostile};
use super::receiver::{Receiver, Taken};
use super::{HOUR, MARA, World, mail};
use crate::digest::market::busy;
use crate::store::kill::variable;

/// A header as it came, unfolded.
fn header(taken: &Taken, name: &str) -> Option<String> {
    let message = MessageParser::default().parse(&taken.content).unwrap();
    let raw = message.header_raw(name)?.trim().to_owned();
    Some(raw.split("\r\n").map(str::trim).collect::<Vec<_>>().join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_arrives_as_the_digest_was_made_with_headers_that_machines_understand() {
    let receiver = Receiver::open();
    let world = World::mailed(receiver.port);
    let changed = world.pass().await.unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].state, State::Sent, "{changed:?}");
    assert!(changed[0].words.as_ref().unwrap().contains("kept as 0"), "{changed:?}");

    let taken = receiver.taken().remove(0);
    assert_eq!(taken.from, "overheard@firm.example");
    assert_eq!(taken.to, ["mara@seller.example"]);
    let message = MessageParser::default().parse(&taken.content).unwrap();
    let digest = busy().digest();
    let proven = Proven::claimed(digest.clone());
    let plain = |text: &str| text.replace("\r\n", "\n");
    assert_eq!(
        plain(&message.body_text(0).unwrap()),
        views::text(&proven, &overheard::views::Links::none())
    );
    assert_eq!(
        plain(&message.body_html(0).unwrap()),
        views::html(&proven, &overheard::views::Links::none()).unwrap()
    );
    assert!(message.body_html(0).unwrap().len() <= 100_000);
    assert_eq!(message.text_body_count() + message.html_body_count(), 2);
    assert_eq!(message.attachment_count(), 0);
    assert_eq!(message.subject(), Some(&*views::subject(&proven)));
    let to = message.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Mara Lindqvist"), Some("mara@seller.example")));
    assert_eq!(message.from().unwrap().first().unwrap().address(), Some("overheard@firm.example"));
    assert_eq!(message.reply_to().unwrap().first().unwrap().address(), Some("digest@firm.example"));
    assert_eq!(message.date().unwrap().to_timestamp(), digest.made.as_second());
    let id = message.message_id().unwrap();
    assert_eq!(Some(format!("<{id}>")), world.only().message_id);
    assert!(id.ends_with("@firm.example"), "{id}");

    let said = |name: &str| header(&taken, name).unwrap();
    assert_eq!(said("List-Id"), "\"Overheard\" <digest.overheard.firm.example>");
    let (tag, _) = id.split_once('@').unwrap();
    assert_eq!(
        said("List-Unsubscribe"),
        format!(
            "<https://pages.example/off/mara?k=0f0f>, \
             <mailto:digest@firm.example?subject=unsubscribe%20{tag}>"
        )
    );
    assert_eq!(said("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(said("Auto-Submitted"), "auto-generated");
    assert!(matches!(message.header("MIME-Version"), Some(HeaderValue::Text(_))));

    // Another pass has nothing to do, however often it is made.
    for _ in 0..3 {
        assert!(world.pass_after(HOUR * 8).await.is_empty());
    }
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_digest_is_the_same_bytes_when_a_person_wants_it_again() {
    let receiver = Receiver::open();
    let world = World::mailed(receiver.port);
    world.pass().await.unwrap();
    let sent = world.only();
    assert!(world.store.advance(&sent, &sent.again(world.clock_now())).unwrap());
    world.pass_after(HOUR).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].content, taken[1].content);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_stay_words_and_make_no_header() {
    let receiver = Receiver::open();
    let world = World::mailed(receiver.port);
    let mut digest = busy().digest();
    digest.date = digest.date.tomorrow().unwrap();
    digest.name = "Mara\r\nBcc: eve@evil.example".to_owned();
    digest.blocks[0].points[0].topic =
        "cost\r\nBcc: eve@evil.example\r\n\r\n<script>\u{202e}gnihtyna".to_owned();
    digest.accounts.clear();
    world.claim(&digest);
    world.pass().await.unwrap();
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2);
    for one in &taken {
        assert_eq!(one.to, ["mara@seller.example"]);
        assert_eq!(header(one, "Bcc"), None);
        let message = MessageParser::default().parse(&one.content).unwrap();
        assert!(!message.subject().unwrap().contains(['\r', '\n', '\u{202e}']));
        assert!(!message.body_html(0).unwrap().contains("<script>"));
    }
}

/// Settings for a server that the fixtures' authority vouches for, and that wants to know us.
fn protected(world: &World, tls: Tls, port: u16) -> MailSettings {
    world.secret("password", "hunter2\n");
    let authority =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crawl/trusted.authority.pem");
    MailSettings {
        tls,
        ca_file: authority,
        user: "overheard".to_owned(),
        password_file: world.folder.path().join("password"),
        ..mail(port)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_to_the_server_is_protected_and_the_password_goes_no_other_way() {
    for (how, tls) in [("starttls", Tls::Starttls), ("tls", Tls::Tls)] {
        let receiver = Receiver::protected(how);
        let mut world = World::of(MARA, mail(receiver.port));
        world.mail = protected(&world, tls, receiver.port);
        // A server that nobody vouches for is told nothing.
        let trusted = std::mem::take(&mut world.mail.ca_file);
        let refused = world.pass().await.unwrap().remove(0);
        assert_eq!(refused.state, State::Failed, "{refused:?}");
        assert!(receiver.taken().is_empty());
        world.mail.ca_file = trusted;
        // Nor is one told a wrong password, and the words do not repeat it.
        world.secret("password", "swordfish\n");
        let refused = world.pass_after(HOUR).await.remove(0);
        let words = refused.words.clone().unwrap();
        assert_eq!(refused.state, State::Failed, "{words}");
        assert!(words.contains("535") && !words.contains("swordfish"), "{words}");
        world.secret("password", "hunter2\n");
        let sent = world.pass_after(HOUR).await.remove(0);
        assert_eq!(sent.state, State::Sent, "{sent:?}");
        let taken = receiver.taken();
        assert_eq!((taken.len(), taken[0].user.as_deref()), (1, Some("overheard")));
        assert!(taken[0].tls || how == "tls");
    }
    assert_eq!(variable("OVERHEARD_MAIL_PASSWORD"), None, "the file was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_no_protection_gets_no_password() {
    let server = Hostile::open(Fault::None);
    let mut world = World::of(MARA, mail(server.port));
    world.mail = protected(&world, Tls::Starttls, server.port);
    let failed = world.pass().await.unwrap().remove(0);
    assert_eq!(failed.state, State::Failed);
    assert!(failed.words.unwrap().contains("STARTTLS"));
    assert!(server.given().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_after_the_message_is_never_given_it_again() {
    let server = Hostile::open(Fault::DiesAtEnd);
    let world = World::mailed(server.port);
    let lost = world.pass().await.unwrap().remove(0);
    assert_eq!((lost.state, lost.tries), (State::Uncertain, 1), "{lost:?}");
    server.becomes(Fault::None);
    for _ in 0..5 {
        assert!(world.pass_after(HOUR * 5).await.is_empty());
    }
    assert_eq!(server.given().len(), 1);
    // A person, who asked mara, wants it again.
    assert!(world.store.advance(&lost, &lost.again(world.clock_now())).unwrap());
    assert_eq!(world.pass().await.unwrap()[0].state, State::Sent);
    assert_eq!(server.given().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_for_now_is_tried_again_and_one_for_good_is_not() {
    let server = Hostile::open(Fault::AtRecipient("451 4.7.1 greylisted, come back"));
    let world = World::mailed(server.port);
    let failed = world.pass().await.unwrap().remove(0);
    assert_eq!((failed.state, failed.tries), (State::Failed, 1));
    assert!(failed.words.as_ref().unwrap().contains("greylisted"), "{failed:?}");
    assert!(failed.due > world.clock_now());
    assert!(world.pass().await.unwrap().is_empty(), "not before it is due");
    for (fault, tries) in [(Fault::DiesBefore, 2), (Fault::AtEnd("452 4.3.1 disk full"), 3)] {
        server.becomes(fault);
        let failed = world.pass_after(SignedDuration::from_mins(30)).await.remove(0);
        assert_eq!((failed.state, failed.tries), (State::Failed, tries), "{failed:?}");
    }
    server.becomes(Fault::AtRecipient("550 5.1.1 no such user\r\n"));
    let dead = world.pass_after(HOUR).await.remove(0);
    assert_eq!((dead.state, dead.tries), (State::Dead, 4));
    assert!(dead.words.unwrap().contains("no such user"));
    assert!(world.pass_after(HOUR).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_greets_without_an_end_is_left_standing() {
    let server = Hostile::open(Fault::EndlessGreeting);
    let world = World::mailed(server.port);
    let failed = world.pass().await.unwrap().remove(0);
    assert_eq!(failed.state, State::Failed);
    assert!(failed.words.as_ref().unwrap().contains("without an end"), "{failed:?}");
}

/// Takes the two minutes that a server has to look a message through.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_is_waited_for_with_patience_that_ends() {
    let (mute, server) = (Hostile::open(Fault::Silent), Hostile::open(Fault::SilentAtEnd));
    let (never, at_end) = (World::mailed(mute.port), World::mailed(server.port));
    let (never_said, said_nothing_more) = tokio::join!(never.pass(), at_end.pass());
    // It was told nothing: it is tried again.
    let failed = never_said.unwrap().remove(0);
    assert_eq!(failed.state, State::Failed, "{failed:?}");
    assert!(failed.words.unwrap().contains("the greeting: no answer within 30 s"));
    // It was told all: nobody knows, and nothing is sent twice.
    let lost = said_nothing_more.unwrap().remove(0);
    assert_eq!((lost.state, lost.tries), (State::Uncertain, 1), "{lost:?}");
    assert!(lost.words.unwrap().contains("said nothing for 120 s"));
    server.becomes(Fault::None);
    assert!(at_end.pass_after(HOUR * 5).await.is_empty());
    assert_eq!(server.given().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_reached_is_not_tried_for_each_of_many() {
    let mara = |n: usize| MARA.replace("\"mara\"", &format!("\"mara{n}\""));
    let tables: String = (0..20).map(mara).collect::<String>() + MARA;
    // A port that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let world = World::of(&tables, mail(port));
    for n in 0..20 {
        let mut digest = busy().digest();
        digest.reader = format!("mara{n}");
        world.claim(&digest);
    }
    world.pass().await.unwrap();
    let tried = world.all().iter().filter(|delivery| delivery.tries > 0).count();
    assert!((1..=4).contains(&tried), "{tried}");
    assert!(world.all().iter().all(|delivery| delivery.due > world.clock_now()));
}
