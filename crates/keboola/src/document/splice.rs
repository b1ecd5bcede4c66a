//! Cutting values out of a text and putting others in their place.
#![allow(clippy::string_slice)] // every place is the end of a slice that serde_json made, or of ASCII

use std::ops::Range;

use super::DocumentError;
use super::object::Object;

/// `text` with `value` at `path`.
pub(super) fn set(text: &str, path: &[&str], value: &str) -> Result<String, DocumentError> {
    let Some(found) = find(text, path)? else {
        return Ok(value.to_owned());
    };
    Ok(match found {
        Found::Value { at, .. } => replaced(text, at, value),
        Found::Missing { object, rest } => {
            let whole = &text[object.clone()];
            let member = rest.iter().rev().fold(value.to_owned(), |inner, key| {
                format!("{{{}:{inner}}}", serde_json::Value::from(*key))
            });
            // The outermost braces are there already.
            let inside = &member[1..member.len() - 1];
            match end_of_last(whole) {
                Some(end) => {
                    let end = object.start + end;
                    replaced(text, end..end, &format!(",{inside}"))
                }
                None => replaced(text, object, &member),
            }
        }
    })
}

/// `text` without the value at `path`.
pub(super) fn remove(text: &str, path: &[&str]) -> Result<String, DocumentError> {
    Ok(match find(text, path)? {
        Some(Found::Value { object, place, .. }) => {
            let cut = member(&text[object.clone()], place);
            replaced(text, object.start + cut.start..object.start + cut.end, "")
        }
        Some(Found::Missing { .. }) | None => text.to_owned(),
    })
}

/// What stands at a path, as bytes of the text.
enum Found<'p> {
    /// The value, with the object that holds it and its place there.
    Value {
        at: Range<usize>,
        object: Range<usize>,
        place: usize,
    },
    /// The innermost object that is there, and the keys that are not.
    Missing {
        object: Range<usize>,
        rest: &'p [&'p str],
    },
}

/// `None` for the empty path, which is the whole text.
fn find<'p>(text: &str, path: &'p [&'p str]) -> Result<Option<Found<'p>>, DocumentError> {
    let mut object = 0..text.len();
    let mut found = None;
    for (depth, key) in path.iter().enumerate() {
        let named = |keys: &[&str]| keys.join(".");
        let members = Object::parse(&text[object.clone()])
            .ok_or_else(|| DocumentError::NoObject(named(&path[..depth])))?;
        let place = match members.places(key).as_slice() {
            [] => {
                let rest = &path[depth..];
                return Ok(Some(Found::Missing { object, rest }));
            }
            [place] => *place,
            _ => return Err(DocumentError::Twice(named(&path[..=depth]))),
        };
        let at = members.value(place).map(|value| range_in(text, value));
        let at = at.unwrap_or_default();
        found = Some(Found::Value {
            at: at.clone(),
            object: std::mem::replace(&mut object, at),
            place,
        });
    }
    Ok(found)
}

/// The bytes of a member with the comma that goes with it.
fn member(object: &str, place: usize) -> Range<usize> {
    let members = Object::parse(object);
    let end = |place: usize| {
        let value = members.as_ref()?.value(place)?;
        Some(range_in(object, value).end)
    };
    let own_end = end(place).unwrap_or(object.len());
    if let Some(before) = place.checked_sub(1).and_then(end) {
        return before..own_end;
    }
    let blanks = |at: usize| {
        let rest = &object[at..];
        at + (rest.len() - rest.trim_start().len())
    };
    let begin = blanks(1);
    match object[blanks(own_end)..].starts_with(',') {
        // What follows moves to the place of the first, blanks and all.
        true => begin..blanks(blanks(own_end) + 1),
        false => begin..own_end,
    }
}

/// Where the last value of an object ends; `None` when it has none.
fn end_of_last(object: &str) -> Option<usize> {
    let members = Object::parse(object)?;
    let last = members.value(members.len().checked_sub(1)?)?;
    Some(range_in(object, last).end)
}

/// Where a slice of a text stands in it.
pub(super) fn range_in(text: &str, slice: &str) -> Range<usize> {
    let start = slice.as_ptr() as usize - text.as_ptr() as usize;
    start..start + slice.len()
}

pub(super) fn replaced(text: &str, at: Range<usize>, with: &str) -> String {
    [&text[..at.start], with, &text[at.end..]].concat()
}
