//! Sending: to real servers, to bad ones, and never twice.

#![expect(clippy::unwrap_used, reason = "what fails here fails its test")]

mod chat;
mod commands;
mod hook;
mod hostile;
mod mail;
mod receiver;
mod rhythm;
mod twice;

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use overheard::clock::{Clock as _, FixedClock};
use overheard::config::{MailSettings, Market, Tls};
use overheard::crawl::http::{Http, Settings};
use overheard::deliver::outbox::{self, Outbox};
use overheard::deliver::sender::{Pages, Sender};
use overheard::delivery::{Delivery, State};
use overheard::digest::Digest;
use overheard::reader::Mail;
use overheard::store::{SledStore, Store, StoreError};

use crate::digest::market::busy;

/// No pages are reached from these digests.
static NO_LINKS: overheard::views::Links = overheard::views::Links::none();

/// Mara's busy week, claimed and on its way.
struct World {
    folder: tempfile::TempDir,
    store: Arc<SledStore>,
    market: Market,
    mail: MailSettings,
    http: Http,
    clock: FixedClock,
}

impl World {
    /// A market with these tables besides what `mara` is: her channels and more.
    fn of(tables: &str, mail: MailSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.toml");
        let market = Market::parse(&[(file, tables.to_owned())]).unwrap();
        let store = Arc::new(SledStore::open(&folder.path().join("store")).unwrap());
        let settings = Settings { allowed_hosts: vec!["127.0.0.1".into()], ..Settings::default() };
        let http = Http::new(settings).unwrap();
        // A quarter of an hour after her morning.
        let clock = FixedClock::at("2026-11-20T06:15:00Z".parse().unwrap());
        let world = Self { folder, store, market, mail, http, clock };
        world.claim(&busy().digest());
        world
    }

    /// The same where mara gets mail from a server at this port.
    fn mailed(port: u16) -> Self {
        Self::of(MARA, mail(port))
    }

    /// Claims a digest and puts it on its way.
    fn claim(&self, digest: &Digest) {
        self.store.claim(digest).unwrap();
        let reader = self.market.reader(&digest.reader).unwrap();
        let served = if self.mail.is_there() { Mail::Served } else { Mail::None };
        let deliveries = outbox::deliveries_of(reader, served, digest, self.clock.now());
        self.store.dispatch(&deliveries).unwrap();
    }

    fn sender(&self) -> Sender<'_> {
        Sender {
            market: &self.market,
            mail: &self.mail,
            http: &self.http,
            clock: &self.clock,
            installation: "the test's",
            pages: &Off,
            links: &NO_LINKS,
        }
    }

    /// One pass, as a process just started would make it.
    async fn pass(&self) -> Result<Vec<Delivery>, StoreError> {
        Outbox { store: &*self.store, sender: self.sender(), stop: &|| false }.send().await
    }

    /// The same some time later.
    async fn pass_after(&self, wait: SignedDuration) -> Vec<Delivery> {
        self.clock.advance(wait);
        self.pass().await.unwrap()
    }

    fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    fn all(&self) -> Vec<Delivery> {
        self.store.deliveries(jiff::civil::Date::MIN).unwrap()
    }

    /// How the only delivery stands.
    #[track_caller]
    fn only(&self) -> Delivery {
        let mut all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// Writes a secret beside the market's files.
    fn secret(&self, name: &str, text: &str) {
        let file = self.folder.path().join(name);
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    }
}

/// Pages on which a reader signs off.
struct Off;

impl Pages for Off {
    fn unsubscribe(&self, reader: &str) -> Option<String> {
        Some(format!("https://pages.example/off/{reader}?k=0f0f"))
    }

    fn tag(&self, _: &str, _: jiff::civil::Date) -> Option<String> {
        None
    }
}

/// Mara, who gets mail.
const MARA: &str = "[[reader]]\nid = \"mara\"\nname = \"Mara Lindqvist\"\nemail = \"mara@seller.example\"\n\
    time_zone = \"Europe/Berlin\"\n";

/// Mara, who gets the digest by these channels, and their tables.
fn by(channels: &[(&str, &str)]) -> String {
    let ids: Vec<_> = channels.iter().map(|(id, _)| format!("{id:?}")).collect();
    let mut tables = format!("{MARA}send = [{}]\n", ids.join(", "));
    for (id, table) in channels.iter().filter(|(id, _)| !matches!(*id, "mail" | "folder")) {
        write!(tables, "[[channel]]\nid = {id:?}\n{table}\n").unwrap();
    }
    tables
}

/// A mail server on this machine, in the clear.
fn mail(port: u16) -> MailSettings {
    MailSettings {
        server: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        from: "overheard@firm.example".into(),
        reply_to: "digest@firm.example".into(),
        ..MailSettings::default()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_of_yesterday_is_given_up_untried_and_a_person_can_still_want_it() {
    let receiver = receiver::Receiver::open();
    let world = World::mailed(receiver.port);
    let changed = world.pass_after(HOUR * 25).await;
    assert_eq!(changed[0].state, State::Dead);
    assert!(changed[0].words.as_ref().unwrap().contains("its morning is over"));
    assert!(world.pass().await.unwrap().is_empty() && receiver.taken().is_empty());
    let dead = world.only();
    assert!(world.store.advance(&dead, &dead.again(world.clock_now())).unwrap());
    assert_eq!(world.pass().await.unwrap()[0].state, State::Sent);
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_does_not_get_any_more_is_not_sent() {
    let receiver = receiver::Receiver::open();
    let mut world = World::mailed(receiver.port);
    let without = MARA.to_owned() + "send = [\"folder\"]\n";
    world.market = Market::parse(&[("mine.toml".into(), without)]).unwrap();
    assert_eq!(world.pass().await.unwrap()[0].state, State::Dropped);
    assert!(receiver.taken().is_empty());
}
