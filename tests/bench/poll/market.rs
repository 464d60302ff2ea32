//! The server: every host is a name of one address. Nine of ten feeds have not changed since they
//! were asked before; of the others each has one entry more than the last time, but for one in a
//! hundred that answers late and one in a hundred that answers 500.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fmt::Write as _};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// How late a slow feed answers.
const SLOW: Duration = Duration::from_millis(500);

/// Entries of a feed, as many blogs have.
const ENTRIES: usize = 15;

/// The feeds there are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Feeds {
    pub(crate) sources: usize,
    pub(crate) hosts: usize,
}

/// How a feed behaves, by its number.
enum Manner {
    Still,
    Busy,
    Slow,
    Failing,
}

impl Feeds {
    pub(crate) fn host(self, n: usize) -> String {
        format!("h{}.example", n % self.hosts)
    }

    pub(crate) fn path(n: usize) -> String {
        format!("/{n}.xml")
    }

    /// Spread over the hosts: the hundred numbers of a cycle lie on a hundred of them.
    fn manner(n: usize) -> Manner {
        match (n / 7) % 100 {
            0 => Manner::Failing,
            1 => Manner::Slow,
            2..=9 => Manner::Busy,
            _ => Manner::Still,
        }
    }
}

/// The server as a process.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(hosts: &str) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["serve", hosts])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

struct Served {
    /// How often each busy feed was asked.
    asked: Mutex<HashMap<usize, usize>>,
    /// The host that takes requests and never answers.
    hanging: Option<String>,
}

/// Serves until it is killed; prints its address first.
pub(crate) fn serve(feeds: &Feeds, hangs: bool) {
    let hanging = hangs.then(|| feeds.host(0));
    let served = Arc::new(Served { asked: Mutex::default(), hanging });
    let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    reactor.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(served);
        axum::serve(listener, router).await.unwrap();
    });
}

async fn answer(State(served): State<Arc<Served>>, asked: Request) -> Response {
    let number = asked.uri().path().rsplit('/').next().and_then(|name| name.strip_suffix(".xml"));
    let Some(n) = number.and_then(|number| number.parse::<usize>().ok()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let host = asked.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if served.hanging.as_deref().is_some_and(|hanging| host.starts_with(hanging)) {
        std::future::pending::<()>().await;
    }
    let version = match Feeds::manner(n) {
        Manner::Failing => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Manner::Slow => {
            tokio::time::sleep(SLOW).await;
            0
        }
        Manner::Still => 0,
        Manner::Busy => {
            let mut asked = served.asked.lock().unwrap();
            let times = asked.entry(n).or_default();
            *times += 1;
            *times
        }
    };
    let tag = HeaderValue::from_str(&format!("\"{n}-{version}\"")).unwrap();
    if asked.headers().get(IF_NONE_MATCH) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response();
    }
    let kind = HeaderValue::from_static("application/rss+xml");
    ([(ETAG, tag), (CONTENT_TYPE, kind)], feed(n, version)).into_response()
}

/// Some nine kilobytes, the newest entry first.
fn feed(n: usize, version: usize) -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Feed {n}</title>\
         <link>https://blog{n}.example/</link><description>Notes.</description>"
    );
    for entry in (version..version + ENTRIES).rev() {
        let minute = entry % 60;
        write!(
            xml,
            "<item><title>Note {entry} of {n}</title><link>https://blog{n}.example/{entry}</link>\
             <guid>https://blog{n}.example/{entry}</guid>\
             <pubDate>Mon, 02 Mar 2026 06:{minute:02}:00 GMT</pubDate><description>&lt;p&gt;{}&lt;/p&gt;\
             </description></item>",
            "The backlog of last week is shorter now, and nobody quite knows why it is. ".repeat(5)
        )
        .unwrap();
    }
    xml.push_str("</channel></rss>");
    xml
}
