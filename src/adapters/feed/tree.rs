//! A tolerant reading of XML into a tree: nothing in a document stops it.
//!
//! quick-xml gives the tokens. Elements are kept in one flat list, so that neither reading nor
//! dropping a deep tree recurses. Names are in lower case: CDF and careless feeds shout.

mod builder;
mod references;

use self::builder::Builder;
use super::names::Space;
use crate::text::html::escape;

/// Elements nested deeper than this are read as children of the one at this depth.
const DEPTH_LIMIT: usize = 512;

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
                Child::Text(text) => html.push_str(&escape(text)),
                Child::Element(id) => {
                    let element = self.element(*id);
                    html.push('<');
                    html.push_str(&element.name);
                    for attribute in element.attributes.iter().filter(|a| a.name != "xmlns") {
                        html.push(' ');
                        html.push_str(&attribute.name);
                        html.push_str("=\"");
                        html.push_str(&escape(&attribute.value));
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
