//! Tokens → the tree: what is open, what was forgotten, what prefixes stand for.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::references::{resolve, unescape, unmangled};
use super::{Attribute, Child, DEPTH_LIMIT, Element, Id, Tree, VOID};
use crate::adapters::feed::names::{Space, space_of_prefix, space_of_uri};
use crate::adapters::feed::repairs;

/// Elements in a document; a 10,000-entry feed with ten elements each has 100,000.
const ELEMENT_LIMIT: usize = 2_000_000;

/// Broken tags that are stepped over before the rest is given up: each may cost a look at the rest.
const FAULT_LIMIT: usize = 100;

/// Makes a tree of tokens, whatever they are.
#[derive(Default)]
pub(super) struct Builder {
    elements: Vec<Element>,
    roots: Vec<Id>,
    open: Vec<Id>,
    /// What each declared prefix stands for, the innermost last.
    spaces: HashMap<String, Vec<Space>>,
    /// The prefixes in the order of their declarations, and how many elements were open at each.
    declared: Vec<(usize, String)>,
    /// Start tags beyond [`DEPTH_LIMIT`] whose end tags are still to come.
    too_deep: usize,
    cut: bool,
    entities: usize,
    ampersands: usize,
    faults: usize,
    mismatched: usize,
}

impl Builder {
    /// Reads `xml` to its end, stepping over what is broken.
    pub(super) fn read(&mut self, xml: &str) {
        let mut rest = xml;
        while self.faults < FAULT_LIMIT {
            let Some(fault) = self.read_until_fault(rest) else {
                return;
            };
            self.faults += 1;
            // The `<` that begins no tag is text; the tokens go on behind it.
            let Some(at) = rest.get(fault..).and_then(|tail| tail.find('<')).map(|at| fault + at)
            else {
                break;
            };
            self.text("<");
            rest = &rest[at + 1..];
        }
        self.cut = true;
    }

    /// The tree, and what had to be overlooked.
    pub(super) fn finish(mut self) -> Tree {
        self.cut |= !self.open.is_empty();
        let mut mangled = 0;
        for child in self.elements.iter_mut().flat_map(|element| &mut element.children) {
            if let Child::Text(text) = child
                && let Some(mended) = unmangled(text)
            {
                *text = mended;
                mangled += 1;
            }
        }
        let counts = [
            (self.ampersands, repairs::BARE_AMPERSAND),
            (self.entities, repairs::HTML_ENTITIES),
            (mangled, repairs::MANGLED),
            (self.faults, repairs::BROKEN_TAGS),
            (self.mismatched, repairs::UNMATCHED_TAGS),
            (usize::from(self.cut), repairs::CUT),
        ];
        let repairs =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, what)| what.note());
        let repairs = repairs.collect();
        let Self { elements, roots, .. } = self;
        Tree { elements, roots, repairs }
    }

    /// Reads tokens up to the end, or to the place of one that is broken.
    fn read_until_fault(&mut self, xml: &str) -> Option<usize> {
        let mut reader = Reader::from_str(xml);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let before = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let Ok(event) = reader.read_event() else {
                return Some(before);
            };
            match event {
                Event::Start(tag) => self.start(&tag),
                Event::Empty(tag) => {
                    self.start(&tag);
                    self.close();
                }
                Event::End(tag) => self.end(tag.name().as_ref()),
                Event::Text(text) => {
                    let text = text.into_inner();
                    self.ampersands += usize::from(text.contains('&'));
                    self.text(&text);
                }
                Event::CData(text) => self.text(&text.into_inner()),
                Event::GeneralRef(name) => {
                    let name = name.into_inner();
                    if let Some(text) = resolve(&name) {
                        let own = matches!(&*name, "amp" | "lt" | "gt" | "quot" | "apos");
                        self.entities += usize::from(!own && !name.starts_with('#'));
                        self.text(&text);
                    } else {
                        self.ampersands += 1;
                        self.text(&format!("&{name};"));
                    }
                }
                Event::Eof => return None,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        if self.open.len() >= DEPTH_LIMIT || self.elements.len() >= ELEMENT_LIMIT {
            self.too_deep += 1;
            return;
        }
        let depth = self.open.len();
        let mut attributes = Vec::new();
        for attribute in tag.html_attributes().with_checks(false).flatten() {
            let name = attribute.key.as_ref().to_ascii_lowercase();
            let value = unescape(attribute.value.as_ref());
            if name == "xmlns" {
                self.declare(depth, "", &value);
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                self.declare(depth, prefix, &value);
            } else {
                attributes.push((name, value));
            }
        }
        let name = tag.name().as_ref().to_ascii_lowercase();
        let (space, name, prefixed) = match name.split_once(':') {
            Some((prefix, local)) => (self.space(prefix), local.to_owned(), true),
            None => (self.space(""), name, false),
        };
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| match name.split_once(':') {
                Some((prefix, local)) => {
                    Attribute { space: self.space(prefix), name: local.to_owned(), value }
                }
                None => Attribute { space: Space::Core, name, value },
            })
            .collect();
        if space == Space::Core && matches!(name.as_str(), "item" | "entry") {
            self.close_forgotten(&name);
        }
        let id = Id(self.elements.len());
        let parent = self.open.last().copied();
        match parent {
            Some(parent) => self.elements[parent.0].children.push(Child::Element(id)),
            None => self.roots.push(id),
        }
        self.elements.push(Element {
            space,
            name,
            prefixed,
            attributes,
            children: Vec::new(),
            parent,
            whole: false,
        });
        self.open.push(id);
    }

    /// An item does not hold items: one still open was never closed.
    fn close_forgotten(&mut self, name: &str) {
        let elements = &self.elements;
        let is_item = |id: &Id| elements[id.0].space == Space::Core && elements[id.0].name == name;
        if let Some(place) = self.open.iter().rposition(is_item) {
            self.mismatched += 1;
            while self.open.len() > place {
                self.close();
            }
        }
    }

    fn declare(&mut self, depth: usize, prefix: &str, uri: &str) {
        self.spaces.entry(prefix.to_owned()).or_default().push(space_of_uri(uri));
        self.declared.push((depth, prefix.to_owned()));
    }

    fn space(&self, prefix: &str) -> Space {
        match self.spaces.get(prefix).and_then(|spaces| spaces.last()) {
            // What no prefix stands for is the feed's own, whatever it is called.
            Some(Space::Other) | None if prefix.is_empty() => Space::Core,
            Some(space) => *space,
            None => space_of_prefix(prefix),
        }
    }

    fn end(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        let local = name.split_once(':').map_or(name, |(_, local)| local).trim();
        let matches = |id: &Id| self.elements[id.0].name.eq_ignore_ascii_case(local);
        let Some(place) = self.open.iter().rposition(matches) else {
            self.mismatched += 1;
            return;
        };
        let above = &self.open[place + 1..];
        let void = |id: &Id| VOID.contains(&self.elements[id.0].name.as_str());
        self.mismatched += usize::from(!above.iter().all(void));
        while self.open.len() > place {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if let Some(id) = self.open.pop() {
            self.elements[id.0].whole = true;
            let depth = self.open.len();
            while let Some((_, prefix)) = self.declared.pop_if(|(at, _)| *at >= depth) {
                self.spaces.get_mut(&prefix).and_then(Vec::pop);
            }
        }
    }

    fn text(&mut self, text: &str) {
        let Some(id) = self.open.last() else {
            return;
        };
        let children = &mut self.elements[id.0].children;
        match children.last_mut() {
            Some(Child::Text(last)) => last.push_str(text),
            _ => children.push(Child::Text(text.to_owned())),
        }
    }
}
