//! `overheard serve`, as a process: what it does by itself, and how the other commands go on beside it.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::cli::{fine, market, overheard, refused};
use crate::site::Site;
use crate::store::sample::noise;

/// Longer than anything here takes on a busy machine: whoever waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(4);

const TOPICS: &str = "[[topic]]\nname = \"Cloud cost\"\n\
    description = \"What companies pay for cloud services, and why their bills grow.\"\n\
    [[reader]]\nid = \"ada\"\nname = \"Ada\"\n";

/// A service that is ended with its test.
struct Service {
    child: Child,
    news: Receiver<Value>,
}

impl Service {
    fn start(folder: &Path) -> Self {
        Self::of(Command::new(env!("CARGO_BIN_EXE_overheard")).args(["serve", "--json"]), folder)
    }

    fn of(command: &mut Command, folder: &Path) -> Self {
        let mut child = command
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (sender, news) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        // It ends with the child.
        thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                println!("{line}");
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, news }
    }

    /// The next news of this kind; what comes before is passed over.
    #[track_caller]
    fn next(&self, event: &str) -> Value {
        loop {
            let news = self.news.recv_timeout(PATIENCE);
            let news = news.unwrap_or_else(|_| panic!("no {event:?} came"));
            if news["event"] == event {
                return news;
            }
        }
    }

    /// The next news of this kind, and all that comes before.
    #[track_caller]
    fn until(&self, event: &str) -> Vec<Value> {
        let mut all = Vec::new();
        loop {
            let news = self.news.recv_timeout(PATIENCE);
            all.push(news.unwrap_or_else(|_| panic!("no {event:?} came")));
            if all.last().is_some_and(|news| news["event"] == event) {
                return all;
            }
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }

    #[track_caller]
    fn end(mut self) {
        self.signal("-TERM");
        self.next("ended");
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn feed(posts: &[(&str, String)]) -> String {
    let items = posts.iter().fold(String::new(), |mut items, (key, text)| {
        write!(
            items,
            "<item><guid>{key}</guid><link>https://blog.example/{key}</link><title>On {key}</title>\
             <description>{text}</description></item>"
        )
        .unwrap();
        items
    });
    format!("<rss version='2.0'><channel><title>A</title>{items}</channel></rss>")
}

fn source(id: &str, url: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nkind = \"feed\"\nurl = \"{url}\"\nvoice = \"blog\"\n")
}

/// A site with a feed, and a folder that listens to it.
fn listening() -> (Site, tempfile::TempDir) {
    let site = Site::open();
    let bill = "Our cloud bill grew by a third and finance wants to know why.".to_owned();
    let cake = "The cake at the office party was delicious.".to_owned();
    site.put("/feed", "text/xml", &feed(&[("bill", bill), ("cake", cake)]));
    let folder = market(&(source("a", &site.url("/feed")) + TOPICS));
    settings(folder.path(), "");
    (site, folder)
}

fn settings(folder: &Path, service: &str) {
    let text =
        format!("[fetch]\nallowed_hosts = [\"127.0.0.1\"]\nfeed_gap_ms = 0\n[service]\n{service}");
    fs::write(folder.join("overheard.toml"), text).unwrap();
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&fine(&overheard(arguments, folder, ""))).unwrap()
}

#[test]
fn it_reads_judges_and_tells_while_every_other_command_works() {
    let (_site, folder) = listening();
    let at = folder.path();
    let service = Service::start(at);
    assert_eq!(service.next("began")["sources"], 1);
    let round = service.next("round");
    assert_eq!((&round["new"], &round["judged"]), (&2.into(), &2.into()), "{round}");
    assert_eq!(round["digests"][0]["reader"], "ada");
    let socket = fs::metadata(at.join("var/store/socket")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    assert_eq!(json(at, &["status", "--json"])["store"]["posts"], 2);
    let why = json(at, &["why", "https://blog.example/bill", "--json"]);
    let id = why["post"]["id"].as_str().unwrap().to_owned();
    let teach = ["teach", "--post", &id[..8], "--topic", "Cloud cost", "--is"];
    assert!(fine(&overheard(&teach, at, "")).contains("“is”"));
    assert_eq!(json(at, &["why", &id, "--json"])["labels"][0]["answer"], "is");
    assert!(fine(&overheard(&["digest", "--reader", "ada"], at, "")).contains("Ada"));
    assert!(fine(&overheard(&["verify"], at, "")).contains("2 posts"));
    assert!(fine(&overheard(&["compact", "--every"], at, "")).contains("2 posts kept"));
    assert!(fine(&overheard(&["backup", "copy"], at, "")).contains("2 posts"));
    assert!(fine(&overheard(&["export", "all.jsonl"], at, "")).contains("2 posts"));
    assert!(fine(&overheard(&["import", "all.jsonl"], at, "")).contains("2 there already"));
    assert!(fine(&overheard(&["sources", "health"], at, "")).contains('a'));
    assert!(fine(&overheard(&["rejudge", "--afresh"], at, "")).contains("2 posts judged"));
    let said = fine(&overheard(&["status"], at, ""));
    assert!(said.contains("Compacted") && said.contains("restored on trial"), "{said}");

    // Its encoder reads the question: here is none.
    fs::write(at.join("bare.toml"), "[classify]\nencoder = \"nowhere\"\n").unwrap();
    let ask = ["ask", "what about the bill?", "--since", "20y", "--config", "bare.toml"];
    let said = fine(&overheard(&ask, at, ""));
    assert!(said.starts_with("About: bill · "), "{said}");

    // What two at once would spoil.
    let said = refused(&overheard(&["run"], at, ""), 1);
    assert!(
        said.contains("serve --json") && said.contains("reads what is due by itself"),
        "{said}"
    );
    let said = refused(&overheard(&["restore", "copy"], at, ""), 1);
    assert!(said.contains(&format!("pid {}", service.child.id())), "{said}");

    // A label given meanwhile is in force without a restart, and stays.
    service.signal("-HUP");
    service.next("taken_up");
    assert_eq!(json(at, &["why", &id, "--json"])["old"], false);
    service.end();
    assert!(!at.join("var/store/socket").exists());
    assert!(!overheard(&ask, at, "").status.success());
    assert_eq!(json(at, &["why", &id, "--json"])["old"], false);
    assert!(fine(&overheard(&["verify"], at, "")).contains("2 posts"));
}

#[test]
fn what_changes_on_the_disk_is_taken_up_and_a_mistake_in_it_is_said() {
    let (site, folder) = listening();
    let at = folder.path();
    let service = Service::start(at);
    service.next("round");
    site.put("/other", "text/xml", &feed(&[("more", "More of the cloud bill.".to_owned())]));
    let mine = fs::read_to_string(at.join("sources/mine.toml")).unwrap();
    fs::write(at.join("sources/other.toml"), source("b", &site.url("/other"))).unwrap();
    service.signal("-HUP");
    assert_eq!(service.next("taken_up")["sources"], 2);
    assert_eq!(service.next("round")["new"], 1);

    fs::write(at.join("sources/mine.toml"), mine.clone() + "[[sauce]]\n").unwrap();
    service.signal("-HUP");
    let why = service.next("mistaken")["why"].as_str().unwrap().to_owned();
    assert!(why.contains("mine.toml:") && why.contains("sauce"), "{why}");
    fs::write(at.join("sources/mine.toml"), mine).unwrap();
    service.signal("-HUP");
    assert_eq!(service.next("taken_up")["sources"], 2);
    service.end();
}

#[test]
fn one_that_is_killed_stands_in_nobodys_way() {
    let (_site, folder) = listening();
    let at = folder.path();
    let mut service = Service::start(at);
    service.next("round");
    service.child.kill().unwrap();
    service.child.wait().unwrap();
    assert!(at.join("var/store/socket").exists(), "nobody has tidied up");
    assert_eq!(json(at, &["status", "--json"])["store"]["posts"], 2);
    let service = Service::start(at);
    service.next("began");
    assert_eq!(json(at, &["status", "--json"])["store"]["verdicts"], 2);
    service.end();
}

#[test]
fn at_night_it_compacts_and_backs_up_and_status_says_how_that_went() {
    let (_site, folder) = listening();
    let at = folder.path();
    // As if the last night's work were long ago: it is made up for.
    let overslept = || {
        fs::create_dir_all(at.join("var")).unwrap();
        fs::write(at.join("var/upkeep.json"), "{\"night\": \"2026-01-01T03:00:00Z\"}").unwrap();
    };
    overslept();
    settings(at, "backup = \"copies/overheard\"\ntime_zone = \"Europe/Berlin\"\n");
    let service = Service::start(at);
    let made = service.next("backed_up");
    assert_eq!((&made["posts"], &made["written"]), (&2.into(), &2.into()), "{made}");
    let said = fine(&overheard(&["status"], at, ""));
    assert!(said.contains("copies/overheard, restored on trial"), "{said}");
    assert!(said.contains("nothing was due"), "{said}");
    service.end();
    assert!(
        fine(&overheard(&["restore", "copies/overheard", "--check"], at, "")).contains("is whole")
    );

    overslept();
    fs::write(at.join("no-folder"), "a file").unwrap();
    settings(at, "backup = \"no-folder\"\n");
    let service = Service::start(at);
    let failed = service.next("failed");
    assert_eq!(failed["what"], "the backup", "{failed}");
    let said = fine(&overheard(&["status"], at, ""));
    assert!(said.contains("FAILED") && said.contains("there is no good one"), "{said}");
    // It stops nothing else.
    service.signal("-HUP");
    service.end();
}

#[test]
fn a_mistake_in_its_settings_is_named() {
    let (_site, folder) = listening();
    for (line, said) in [
        ("night = 24", "24 is no hour; write 0 to 23"),
        ("time_zone = \"Mars\"", "no time zone \"Mars\""),
        ("backup_nights = 0", "none of 1 to 31"),
        ("nigth = 3", "did you mean"),
    ] {
        settings(folder.path(), line);
        let told = refused(&overheard(&["serve"], folder.path(), ""), 2);
        assert!(told.contains("overheard.toml:5") && told.contains(said), "{told}");
    }
}

#[test]
fn a_full_disk_stops_no_reading_and_when_there_is_room_it_goes_on() {
    const POSTS: usize = 60;
    let (site, folder) = listening();
    let at = folder.path();
    let keys: Vec<String> = (0..POSTS).map(|n| format!("long-{n}")).collect();
    let posts: Vec<(&str, String)> =
        keys.iter().zip(0..).map(|(key, n)| (key.as_str(), noise(n, 100_000))).collect();
    site.put("/long", "text/xml", &feed(&posts));
    fs::write(at.join("sources/long.toml"), source("long", &site.url("/long"))).unwrap();
    // The limit on a file's size refuses as a full disk does, and can be raised from outside.
    let script = "trap '' XFSZ; ulimit -S -f 3000; exec \"$0\" serve --json";
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_overheard")]);
    let service = Service::of(&mut command, at);
    let failed = service.next("failed");
    assert!(failed["why"].as_str().unwrap().contains("no space left"), "{failed}");
    let status = json(at, &["status", "--json"]);
    assert!(status["store"]["posts"].as_u64().unwrap() < POSTS as u64 + 2, "{status}");
    // While there is no room nobody is visited in vain.
    let asked = site.asked().len();
    service.signal("-HUP");
    service.next("failed");
    assert_eq!(site.asked().len(), asked);

    let pid = service.child.id().to_string();
    let raised =
        Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:unlimited"]).status();
    assert!(raised.unwrap().success());
    service.signal("-HUP");
    service.next("mended");
    service.next("round");
    assert_eq!(json(at, &["status", "--json"])["store"]["posts"], POSTS + 2);
    service.end();
    assert!(fine(&overheard(&["verify"], at, "")).contains(&format!("{} posts", POSTS + 2)));
}

#[test]
fn a_label_given_while_the_settings_are_broken_is_in_force_and_the_mistake_is_told_once_for_it() {
    let (_site, folder) = listening();
    let at = folder.path();
    let service = Service::start(at);
    service.next("round");
    settings(at, "nigth = 3\n");
    service.signal("-HUP");
    assert!(service.next("mistaken")["why"].as_str().unwrap().contains("did you mean"));
    // Who teaches has settings of their own.
    fs::write(at.join("mine.toml"), "").unwrap();
    let found = json(at, &["search", "cake", "--json", "--config", "mine.toml"]);
    let id = found["hits"][0]["id"].as_str().unwrap().to_owned();
    let teach = ["teach", "--post", &id, "--topic", "Cloud cost", "--is", "--config", "mine.toml"];
    fine(&overheard(&teach, at, ""));
    service.signal("-HUP");
    service.next("mistaken");
    settings(at, "");
    service.signal("-HUP");
    let meanwhile = service.until("taken_up");
    // By the rules of before, what was taught would have been judged back, and again and again.
    let is_judged = |news: &Value| news["judged"].as_u64().is_some_and(|posts| posts > 0);
    let is_news = |news: &Value| news["event"] == "mistaken" || is_judged(news);
    let news: Vec<_> = meanwhile.iter().filter(|news| is_news(news)).collect();
    assert!(news.is_empty(), "{news:?}");
    service.end();
}

#[test]
fn a_visit_that_failed_is_told_with_its_reason() {
    let (site, folder) = listening();
    let at = folder.path();
    site.say("/feed", "404 Not Found", "gone");
    let service = Service::start(at);
    let round = service.next("round");
    assert_eq!(round["failed"][0]["source"], "a");
    assert!(round["failed"][0]["why"].as_str().unwrap().contains("404"), "{round}");
    service.end();
}
