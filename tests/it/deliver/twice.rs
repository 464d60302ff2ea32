//! Never twice: with two processes, after a crash, and whatever the clock does.

use std::sync::Arc;

use jiff::SignedDuration;
use overheard::deliver::outbox::Outbox;
use overheard::delivery::State;
use overheard::store::Store;
use overheard::store::remote::{Listening, RemoteStore};

use super::World;
use super::hostile::{Fault, Hostile};
use super::receiver::Receiver;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_at_once_send_one_mail() {
    for _ in 0..5 {
        let receiver = Receiver::open();
        let world = World::mailed(receiver.port);
        let folder = world.folder.path().join("store");
        let held = Arc::clone(&world.store) as Arc<dyn Store>;
        let _listening = Listening::begin(held, &folder).unwrap();
        let other = RemoteStore::connect(&folder).unwrap().unwrap();
        let outbox = |store| Outbox { store, sender: world.sender(), stop: &|| false };
        let (ours, others) = (outbox(&*world.store as &dyn Store), outbox(&other as &dyn Store));
        let (ours, others) = tokio::join!(ours.send(), others.send());
        assert_eq!(ours.unwrap().len() + others.unwrap().len(), 1);
        assert_eq!(world.only().state, State::Sent);
        assert_eq!(receiver.taken().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ended_while_it_was_sending_leaves_it_to_a_person() {
    let receiver = Receiver::open();
    let world = World::mailed(receiver.port);
    let waiting = world.only();
    let sending = waiting.sending("<a@firm.example>", world.clock_now());
    assert!(world.store.advance(&waiting, &sending).unwrap());
    // Another, which may be alive still, is not disturbed.
    assert!(world.pass_after(SignedDuration::from_mins(5)).await.is_empty());
    let lost = world.pass_after(SignedDuration::from_mins(6)).await.remove(0);
    assert_eq!(lost.state, State::Uncertain);
    assert!(lost.words.as_ref().unwrap().contains("broke off"), "{lost:?}");
    assert!(world.pass_after(SignedDuration::from_hours(3)).await.is_empty());
    assert!(receiver.taken().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_keep_that_it_is_being_sent_sends_nothing() {
    let server = Hostile::open(Fault::None);
    let world = World::mailed(server.port);
    let stolen = world.only();
    // Somebody else begins between the reading of what is due and the last word before the message.
    let begin = || {
        let sending = stolen.sending("<other@firm.example>", world.clock_now());
        assert!(world.store.advance(&stolen, &sending).unwrap());
        let ours = stolen.sending("<ours@firm.example>", world.clock_now());
        let is_ours = world.store.advance(&stolen, &ours).unwrap();
        if is_ours { Ok(()) } else { Err(overheard::deliver::Missed::Taken) }
    };
    let digest = world.store.digest("mara", stolen.id.date).unwrap().unwrap();
    let proven = overheard::digest::Proven::claimed(digest);
    let content = overheard::deliver::sender::Content::Digest(&proven);
    let reader = world.market.reader("mara").unwrap();
    let sent = world.sender().hand_over(reader, &stolen.id, content, &begin).await;
    assert!(matches!(sent, Err(overheard::deliver::Missed::Taken)));
    assert!(server.given().is_empty(), "nothing of the message was said");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_sends_nothing_twice_and_forgets_nothing() {
    let server = Hostile::open(Fault::AtRecipient("451 later"));
    let world = World::mailed(server.port);
    world.pass().await.unwrap();
    // Set back by an hour: summer time ends, or somebody mends it.
    world.clock.advance(SignedDuration::from_hours(-1));
    assert!(world.pass().await.unwrap().is_empty(), "it is due in an hour and a minute");
    server.becomes(Fault::None);
    assert_eq!(world.pass_after(SignedDuration::from_mins(63)).await[0].state, State::Sent);
    world.clock.advance(SignedDuration::from_hours(-30));
    assert!(world.pass().await.unwrap().is_empty());
    world.clock.advance(SignedDuration::from_hours(60));
    assert!(world.pass().await.unwrap().is_empty());
    assert_eq!(server.given().len(), 1);
}

#[test]
fn what_was_sent_stands_in_an_export_and_what_was_open_is_not_sent_from_it() {
    let world = World::mailed(1);
    let mut tomorrow = crate::digest::market::busy().digest();
    tomorrow.date = tomorrow.date.tomorrow().unwrap();
    world.claim(&tomorrow);
    let first = world.all().remove(0);
    let sending = first.sending("<a@firm.example>", world.clock_now());
    assert!(world.store.advance(&first, &sending).unwrap());
    let sent = sending.sent("250".to_owned(), world.clock_now());
    assert!(world.store.advance(&sending, &sent).unwrap());
    let mut export = Vec::new();
    overheard::store::export::export(&*world.store, &mut export).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = overheard::store::SledStore::open(&folder.path().join("store")).unwrap();
    overheard::store::export::import(&store, &mut &*export).unwrap();
    let all = store.deliveries(jiff::civil::Date::MIN).unwrap();
    assert_eq!(all[0], sent);
    assert_eq!(all[1].state, State::Uncertain);
    assert_eq!(store.verify().unwrap(), Vec::<String>::new());
    // A line that is lost is noticed.
    let lines: Vec<&str> = std::str::from_utf8(&export).unwrap().lines().collect();
    let without: Vec<&str> =
        lines.iter().filter(|line| !line.contains("\"delivery\"")).copied().collect();
    let without = without.join("\n") + "\n";
    assert!(overheard::store::export::check(&mut without.as_bytes()).is_err());
}
