//! The baseline: reqwest with validators and as many requests at a time, nothing parsed or kept.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use futures_util::{StreamExt as _, stream};
use overheard::crawl::round::HOSTS_AT_A_TIME;
use reqwest::Client;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};

use crate::market::Feeds;
use crate::process::Since;

/// Polls twice and prints what the second poll cost.
pub(crate) fn poll(feeds: &Feeds, address: &str) {
    // Another provider may have been installed by nobody here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address: SocketAddr = address.parse().unwrap();
    let client = (0..feeds.hosts)
        .fold(Client::builder(), |client, n| client.resolve(&feeds.host(n), address))
        .build()
        .unwrap();
    let reactor = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let tags = Mutex::new(HashMap::new());
    reactor.block_on(once(&client, *feeds, address.port(), &tags));
    let since = Since::now();
    reactor.block_on(once(&client, *feeds, address.port(), &tags));
    since.cost(since.wall()).write();
}

async fn once(client: &Client, feeds: Feeds, port: u16, tags: &Mutex<HashMap<usize, HeaderValue>>) {
    stream::iter(0..feeds.sources)
        .for_each_concurrent(HOSTS_AT_A_TIME, |n| async move {
            let mut request =
                client.get(format!("http://{}:{port}{}", feeds.host(n), Feeds::path(n)));
            if let Some(tag) = tags.lock().unwrap().get(&n) {
                request = request.header(IF_NONE_MATCH, tag);
            }
            let answer = request.send().await.unwrap();
            if let Some(tag) = answer.headers().get(ETAG) {
                tags.lock().unwrap().insert(n, tag.clone());
            }
            answer.bytes().await.unwrap();
        })
        .await;
}
