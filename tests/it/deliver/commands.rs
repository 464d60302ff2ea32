//! Sending as an operator sees it: the binary, a run, and `overheard deliveries`.

use std::fs;

use overheard::store::{SledStore, Store as _};
use serde_json::Value;

use super::hostile::{Fault, Hostile};
use super::receiver::Receiver;
use crate::cli::{fine, market, overheard, refused, words};
use crate::site::Site;

const FEED: &str = "<rss version='2.0'><channel><title>A</title><item><guid>1</guid>\
    <title>One</title><description>Our cloud bill doubled.</description></item></channel></rss>";

/// A folder with one source, one reader with an address, and this mail server.
fn mailed(site: &Site, port: u16) -> tempfile::TempDir {
    site.put("/feed", "text/xml", FEED);
    let url = site.url("/feed");
    let folder = market(&format!(
        "[[source]]\nid = \"a\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n\
         [[topic]]\nname = \"Cost\"\ndescription = \"What things cost.\"\n\
         [[reader]]\nid = \"ada\"\nname = \"Ada\"\nemail = \"ada@seller.example\"\n"
    ));
    let settings = format!(
        "[fetch]\nallowed_hosts = [\"127.0.0.1\"]\n\
         [mail]\nserver = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"overheard@firm.example\"\n"
    );
    fs::write(folder.path().join("overheard.toml"), settings).unwrap();
    folder
}

#[test]
fn a_run_sends_what_it_made_and_the_next_sends_nothing() {
    let (site, receiver) = (Site::open(), Receiver::open());
    let folder = mailed(&site, receiver.port);
    let run = |arguments: &[&str]| fine(&overheard(arguments, folder.path(), ""));
    let said = run(&["run"]);
    assert!(
        said.contains("Sent") && said.contains("/ada/mail: taken (250 2.0.0 kept as 0)"),
        "{said}"
    );
    let said = run(&["run"]);
    assert!(!said.contains("Sent"), "{said}");
    assert_eq!(receiver.taken().len(), 1);
    let listed: Value = serde_json::from_str(&run(&["deliveries", "--json"])).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed[0]["state"], "sent");
    let id = listed[0]["id"].as_str().unwrap().to_owned();
    assert!(run(&["deliveries"]).contains(&id));
    assert!(run(&["deliveries", "--dead"]).contains("Nothing is left to you"));
    let again = overheard(&["deliveries", "resend", &id], folder.path(), "");
    assert!(refused(&again, 1).contains("--sent"));
    let unknown = overheard(&["deliveries", "drop", "2026-01-01/ada/mail"], folder.path(), "");
    assert!(refused(&unknown, 2).contains("there is no delivery"));
}

#[test]
fn what_may_have_arrived_is_shown_sent_again_or_dropped_by_a_person() {
    let (site, server) = (Site::open(), Hostile::open(Fault::DiesAtEnd));
    let folder = mailed(&site, server.port);
    let call = |arguments: &[&str]| overheard(arguments, folder.path(), "");
    let said = fine(&call(&["run"]));
    assert!(said.contains("Not sent") && said.contains("uncertain"), "{said}");
    server.becomes(Fault::None);
    assert!(!fine(&call(&["run"])).contains("Sent"));
    assert_eq!(server.given().len(), 1);
    assert!(fine(&call(&["status"])).contains("1 digest was not sent, or may not have been"));
    let dead: Value =
        serde_json::from_str(&fine(&call(&["deliveries", "--dead", "--json"]))).unwrap();
    let id = dead[0]["id"].as_str().unwrap();
    assert!(fine(&call(&["deliveries", "resend", id])).contains("is waiting now"));
    let said = fine(&call(&["run"]));
    assert!(said.contains("Sent"), "{said}");
    assert_eq!(server.given().len(), 2);
    assert!(refused(&call(&["deliveries", "drop", id]), 1).contains("taken already"));
}

#[test]
fn a_test_says_what_the_server_answered_and_keeps_nothing() {
    let (site, server) = (Site::open(), Hostile::open(Fault::AtRecipient("550 5.1.1 nobody here")));
    let folder = mailed(&site, server.port);
    let test = ["deliveries", "test", "--reader", "ada"];
    let said = overheard(&test, folder.path(), "");
    assert!(
        words(&said.stdout).contains("NOT taken") && words(&said.stdout).contains("nobody here")
    );
    refused(&said, 1);
    server.becomes(Fault::None);
    let said = fine(&overheard(&test, folder.path(), ""));
    assert!(said.contains("mail: taken: 250 taken"), "{said}");
    let given = server.given().remove(0);
    assert!(
        given.contains("Subject: Overheard: a test")
            && given.contains("To: Ada <ada@seller.example>"),
        "{given}"
    );
    assert!(!folder.path().join("var/store").exists());
    let unknown = overheard(&["deliveries", "test", "--reader", "bob"], folder.path(), "");
    assert!(refused(&unknown, 2).contains("there are: ada"));
    let unknown = overheard(&[&test[..], &["--channel", "slack"]].concat(), folder.path(), "");
    assert!(refused(&unknown, 2).contains("there are: mail"));
}

#[test]
fn who_asked_for_no_more_is_named_where_an_operator_looks() {
    let (site, receiver) = (Site::open(), Receiver::open());
    let folder = mailed(&site, receiver.port);
    let settings = folder.path().join("overheard.toml");
    let own = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, own + "[web]\nbase_url = \"https://digests.example\"\n").unwrap();
    let call = |arguments: &[&str]| fine(&overheard(arguments, folder.path(), ""));
    call(&["run"]);
    let told = ["status", "deliveries addresses", "deliveries test --reader ada"]
        .map(|words| words.split(' ').collect::<Vec<_>>());
    for words in &told {
        assert!(!call(words).contains("no more digests"), "{words:?}");
    }
    let store = SledStore::open(&folder.path().join("var/store")).unwrap();
    store.unsubscribe("ada", Some("2026-11-20T08:00:00Z".parse().unwrap())).unwrap();
    store.close().unwrap();
    assert!(call(&told[0]).contains("No more digests, as they asked: ada (since 2026-11-20)"));
    let said = call(&told[1]);
    assert!(said.contains("no more digests since 2026-11-20, as they asked; to take that back:"));
    assert!(said.trim().lines().last().unwrap().contains("https://digests.example/u/"), "{said}");
    assert!(call(&told[2]).contains("Ada asked for no more digests"));
}

#[test]
fn a_check_names_what_a_first_sending_would_stumble_over() {
    let folder = market(
        "[[reader]]\nid = \"ada\"\nname = \"Ada\"\nemail = \"ada@seller.example\"\nsend = [\"mail\", \"slack\"]\n\
         [[channel]]\nid = \"slack\"\nkind = \"slack\"\nurl_file = \"nowhere\"\n",
    );
    let said = fine(&overheard(&["check"], folder.path(), ""));
    assert!(!said.contains("hint: "), "{said}");
    assert!(said.contains("1 channel") && said.contains("nowhere cannot be read"), "{said}");
    assert!(said.contains("names no server under [mail]"), "{said}");
    let settings =
        "[mail]\nserver = \"smtp.example.com\"\ntls = \"none\"\nfrom = \"a@b.example\"\n";
    fs::write(folder.path().join("overheard.toml"), settings).unwrap();
    let said = refused(&overheard(&["check"], folder.path(), ""), 2);
    assert!(said.contains("on this machine"), "{said}");
}
