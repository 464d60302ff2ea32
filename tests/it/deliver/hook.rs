//! A server for webhooks that keeps to the limits which chats publish, and refuses what goes beyond.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;

/// What it was given.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Given {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Answers of a server: a status line's end with its headers, and a body; none hangs up.
type Answer = Option<(String, String)>;

/// The server; it ends when it is dropped.
pub(super) struct Hook {
    pub(super) url: String,
    given: Arc<Mutex<Vec<Given>>>,
    closing: Arc<AtomicBool>,
    door: Option<JoinHandle<()>>,
}

impl Hook {
    /// One that answers the n-th request like this.
    pub(super) fn open(answer: impl Fn(usize, &Given) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook/s3cret", listener.local_addr().unwrap());
        let closing = Arc::new(AtomicBool::new(false));
        let given = Arc::new(Mutex::new(Vec::new()));
        let (closes, book) = (Arc::clone(&closing), Arc::clone(&given));
        let door = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if closes.load(Ordering::SeqCst) {
                    break;
                }
                let Some(one) = read(&stream) else { continue };
                let mut given = book.lock().unwrap();
                let answer = answer(given.len(), &one);
                given.push(one);
                drop(given);
                let Some((status, body)) = answer else { continue };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { url, given, closing, door: Some(door) }
    }

    /// One that judges messages as Slack says it does.
    pub(super) fn slack() -> Self {
        Self::open(|_, given| Some(verdict(slack_refuses(&given.json()))))
    }

    /// One that judges messages as Teams says it does.
    pub(super) fn teams() -> Self {
        Self::open(|_, given| Some(verdict(teams_refuses(given))))
    }

    pub(super) fn given(&self) -> Vec<Given> {
        self.given.lock().unwrap().clone()
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        let place = self.url.trim_start_matches("http://").split('/').next().unwrap();
        let _ = TcpStream::connect(place);
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

fn verdict(refused: Option<String>) -> (String, String) {
    refused.map_or_else(|| ("200 OK".into(), "ok".into()), |why| ("400 Bad Request".into(), why))
}

/// Slack's published limits: 50 blocks, 3,000 characters a text, 150 a heading, no empty text.
fn slack_refuses(message: &Value) -> Option<String> {
    let blocks = message["blocks"].as_array()?;
    if blocks.len() > 50 {
        return Some(format!("invalid_blocks: {} of them", blocks.len()));
    }
    let wrong = |text: &Value, most: usize| {
        let length = text["text"].as_str().map_or(0, |text| text.chars().count());
        (length == 0 || length > most).then(|| format!("invalid_blocks: {length} characters"))
    };
    blocks.iter().find_map(|block| match block["type"].as_str().unwrap_or_default() {
        "header" => wrong(&block["text"], 150),
        "section" => wrong(&block["text"], 3_000),
        "context" => block["elements"].as_array()?.iter().find_map(|text| wrong(text, 3_000)),
        "divider" => None,
        other => Some(format!("invalid_blocks: {other:?}")),
    })
}

/// Teams' published limit, 28 KB, and the shape that its Workflows take.
fn teams_refuses(given: &Given) -> Option<String> {
    if given.body.len() > 28 * 1024 {
        return Some(format!("RequestEntityTooLarge: {} bytes", given.body.len()));
    }
    let card = &given.json()["attachments"][0];
    let is_card = card["contentType"] == "application/vnd.microsoft.card.adaptive"
        && card["content"]["type"] == "AdaptiveCard"
        && card["content"]["body"].as_array().is_some_and(|body| !body.is_empty());
    (!is_card).then(|| "no card".to_owned())
}

fn read(mut stream: &TcpStream) -> Option<Given> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let mut given = Given { head: String::from_utf8(head).unwrap(), body: Vec::new() };
    let length = given.header("content-length").and_then(|length| length.parse().ok());
    given.body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut given.body).ok()?;
    Some(given)
}
