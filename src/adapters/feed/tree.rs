//! A tolerant reading of XML into a tree: nothing in a document stops it.
//!
//! quick-xml gives the tokens. Elements are kept in one flat list, so that neither reading nor
//! dropping a deep tree recurses. Names are in lower case: CDF and careless feeds shout.

use std::collections::HashMap;

use html5ever::data::NAMED_ENTITIES;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::names::{Space, space_of_prefix, space_of_uri};
use super::repairs;

/// Elements nested deeper than this are read as children of the one at this depth.
const DEPTH_LIMIT: usize = 512;

/// Elements in a document; a 10,000-entry feed with ten elements each has 100,000.
const ELEMENT_LIMIT: usize = 2_000_000;

/// Broken tags that are stepped over before the rest is given up: each may cost a look at the rest.
const FAULT_LIMIT: usize = 100;

/// Elements whose end tag HTML does without: met unclosed in descriptions that are not escaped.
const VOID: &[&str] = &["br", "hr", "img", "input", "wbr", "col", "embed", "param", "source"];

/// Names an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(usize);

/// One element.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) space: Space,
    /// The local name, in lower case.
    pub(super) name: String,
    /// Whether it was written with a prefix.
    pub(super) prefixed: bool,
    attributes: Vec<Attribute>,
    children: Vec<Child>,
    parent: Option<Id>,
    /// Whether its end was found, or it was closed by what followed.
    pub(super) whole: bool,
}

#[derive(Debug)]
struct Attribute {
    space: Space,
    name: String,
    value: String,
}

#[derive(Debug)]
enum Child {
    Text(String),
    Element(Id),
}

/// A document.
#[derive(Debug)]
pub(super) struct Tree {
    elements: Vec<Element>,
    roots: Vec<Id>,
    /// What had to be overlooked, in words.
    pub(super) repairs: Vec<String>,
}

impl Tree {
    /// Reads `xml`.
    pub(super) fn read(xml: &str) -> Self {
        let mut builder = Builder::default();
        builder.read(xml);
        builder.finish()
    }

    pub(super) fn roots(&self) -> impl Iterator<Item = Id> + '_ {
        self.roots.iter().copied()
    }

    pub(super) fn element(&self, id: Id) -> &Element {
        &self.elements[id.0]
    }

    /// The child elements of `id`, in order.
    pub(super) fn children(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        self.element(id).children.iter().filter_map(|child| match child {
            Child::Element(id) => Some(*id),
            Child::Text(_) => None,
        })
    }

    /// The elements inside `id`, in order, itself not included.
    pub(super) fn descendants(&self, id: Id) -> Vec<Id> {
        let mut found = Vec::new();
        let mut waiting: Vec<Id> = self.children(id).collect();
        waiting.reverse();
        while let Some(id) = waiting.pop() {
            found.push(id);
            let at = waiting.len();
            waiting.extend(self.children(id));
            waiting[at..].reverse();
        }
        found
    }

    /// The children of `id` called `name`.
    pub(super) fn named<'a>(
        &'a self,
        id: Id,
        space: Space,
        name: &'a str,
    ) -> impl Iterator<Item = Id> + 'a {
        self.children(id).filter(move |child| self.is(*child, space, name))
    }

    pub(super) fn is(&self, id: Id, space: Space, name: &str) -> bool {
        let element = self.element(id);
        element.space == space && element.name == name
    }

    /// An attribute without a namespace, or with one we do not tell from it.
    pub(super) fn attribute(&self, id: Id, name: &str) -> Option<&str> {
        let attributes = &self.element(id).attributes;
        let plain = attributes.iter().find(|a| a.name == name && a.space == Space::Core);
        plain.map(|attribute| attribute.value.as_str())
    }

    /// An attribute of `space`.
    pub(super) fn attribute_of(&self, id: Id, space: Space, name: &str) -> Option<&str> {
        let attributes = &self.element(id).attributes;
        let found = attributes.iter().find(|a| a.name == name && a.space == space);
        found.map(|attribute| attribute.value.as_str())
    }

    /// `id` and the elements around it, innermost first.
    pub(super) fn upwards(&self, id: Id) -> impl Iterator<Item = Id> + '_ {
        std::iter::successors(Some(id), |id| self.element(*id).parent)
    }

    /// The text directly in `id`, trimmed; empty if there is none.
    pub(super) fn text(&self, id: Id) -> String {
        let mut text = String::new();
        for child in &self.element(id).children {
            if let Child::Text(part) = child {
                text.push_str(part);
            }
        }
        let trimmed = text.trim();
        if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
    }

    pub(super) fn has_children(&self, id: Id) -> bool {
        self.children(id).next().is_some()
    }

    /// What is inside `id`, written as HTML.
    pub(super) fn inner_html(&self, id: Id) -> String {
        let mut html = String::new();
        self.write_inner(id, &mut html);
        html
    }

    /// Depth is at most [`DEPTH_LIMIT`], so this recursion is bounded.
    fn write_inner(&self, id: Id, html: &mut String) {
        for child in &self.element(id).children {
            match child {
                Child::Text(text) => html.push_str(&crate::text::html::escape(text)),
                Child::Element(id) => {
                    let element = self.element(*id);
                    html.push('<');
                    html.push_str(&element.name);
                    for attribute in element.attributes.iter().filter(|a| a.name != "xmlns") {
                        html.push(' ');
                        html.push_str(&attribute.name);
                        html.push_str("=\"");
                        html.push_str(&crate::text::html::escape(&attribute.value));
                        html.push('"');
                    }
                    html.push('>');
                    self.write_inner(*id, html);
                    if !VOID.contains(&element.name.as_str()) {
                        html.push_str("</");
                        html.push_str(&element.name);
                        html.push('>');
                    }
                }
            }
        }
    }
}

#[derive(Default)]
struct Builder {
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
    fn read(&mut self, xml: &str) {
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

    fn finish(mut self) -> Tree {
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
}

/// `text` as it was before somebody read its UTF-8 as windows-1252 (`Ã©` for `é`), if that happened.
fn unmangled(text: &str) -> Option<String> {
    // Such text has a lead byte's character with another beyond ASCII behind it.
    let mut characters = text.chars().peekable();
    let suspicious = std::iter::from_fn(|| Some((characters.next()?, characters.peek().copied())))
        .any(|(c, next)| ('Â'..='ô').contains(&c) && next.is_some_and(|next| !next.is_ascii()));
    if text.is_ascii() || !suspicious {
        return None;
    }
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
    let mended = if unmappable { None } else { String::from_utf8(bytes.into_owned()).ok() };
    // `é`, a hard space and a dash are valid UTF-8 too, for a Chinese character. Only letters of
    // Europe, punctuation and emoji are mangled more often than they are meant.
    let likely = |c: char| matches!(c, '\0'..='\u{17f}' | '\u{2000}'..='\u{22ff}' | '\u{1f000}'..);
    mended.filter(|mended| mended.chars().all(likely))
}

/// What `&name;` stands for. Entities that a document declares for itself are not expanded.
fn resolve(name: &str) -> Option<String> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        // Browsers read 128–159 as windows-1252, and so do the people who write them.
        if let Ok(byte @ 0x80..=0x9f) = u8::try_from(code) {
            return Some(encoding_rs::WINDOWS_1252.decode(&[byte]).0.into_owned());
        }
        let readable = char::from_u32(code)
            .filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{85}'));
        return Some(readable.map(String::from).unwrap_or_default());
    }
    if name.len() > 32 {
        return None;
    }
    // The two that HTML 4, and with it the DTD of RSS 0.91, gave to other characters than HTML 5.
    match name {
        "lang" => return Some("\u{2329}".to_owned()),
        "rang" => return Some("\u{232a}".to_owned()),
        _ => {}
    }
    let (first, second) = NAMED_ENTITIES.get(format!("{name};").as_str())?;
    let text: String =
        [*first, *second].into_iter().filter(|c| *c != 0).filter_map(char::from_u32).collect();
    (!text.is_empty()).then_some(text)
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let reach = &rest.as_bytes()[1..rest.len().min(40)];
        let reference = reach.iter().position(|b| *b == b';').map(|end| &rest[1..=end]);
        let known = reference.and_then(|name| Some((resolve(name)?, name.len() + 2)));
        let (resolved, length) = known.unwrap_or_else(|| ("&".to_owned(), 1));
        text.push_str(&resolved);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}
