//! How much work a page makes where everything within an element is looked at for each element, as
//! the extractor and whoever proposes selectors do: a tree within all bounds can still be a bomb.

use ego_tree::NodeRef;
use scraper::{Html, Node};

use super::prepare::is_no_text;

/// Depth times nodes (and their text) beyond which a page is read as plain text. Of the 577 pages that
/// articles are measured on the heaviest has a third of it; at ten times as much the extractor takes
/// gigabytes.
const HEAVIEST: usize = 2_000_000;

/// Bytes of text that cost as much as a node.
const BYTES_A_NODE: usize = 16;

/// Whether `page` makes more work than any real page does.
pub(super) fn is_too_heavy(page: &Html) -> bool {
    let mut room = HEAVIEST;
    weigh(*page.root_element(), 1, &mut room);
    room == 0
}

/// Takes the weight of `node` off `room`; a tree that was parsed is only so deep.
fn weigh(node: NodeRef<'_, Node>, depth: usize, room: &mut usize) {
    if *room == 0 || is_no_text(node) {
        return;
    }
    let bytes = node.value().as_text().map_or(0, |text| text.len());
    *room = room.saturating_sub(depth * (1 + bytes / BYTES_A_NODE));
    node.children().for_each(|child| weigh(child, depth + 1, room));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_times_nodes_or_text_is_heavy_and_either_alone_is_not() {
        let heavy = |html: &str| is_too_heavy(&Html::parse_document(html));
        let deep = |level: &str| format!("<div>{level}").repeat(300);
        let links = "<a href=/x>one</a> ".repeat(20);
        assert!(heavy(&deep(&links)) && heavy(&deep(&"words ".repeat(200))));
        assert!(!heavy(&deep("word")) && !heavy(&links.repeat(1_000)));
        assert!(!heavy(&format!("<p>{}", "words ".repeat(500_000))));
        let script = format!("<script>{}</script>", "x".repeat(100_000));
        assert!(!heavy(&deep(&script)), "what is no text is not read");
    }
}
