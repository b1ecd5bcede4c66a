//! Other people who change configurations, on order: at once, or at a moment of a client's own
//! reading and writing, so that two writers meet the same way every time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::project::Project;
use crate::project::configuration::Place;
use crate::project::version::Content;
use crate::sync::lock;
use crate::world::World;

/// The id that the tokens of other people have.
const THEIR_TOKEN: u64 = 77;

/// A moment of a client's call to the Storage API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Its `GET` of the configuration has its answer.
    AfterRead,
    /// Its `PUT` or rollback has arrived and has done nothing yet.
    BeforeWrite,
    /// Its `PUT` or rollback is done, and the answer not sent yet.
    AfterWrite,
}

/// What another person does to a configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Write {
    /// Values by their paths, the keys joined by dots; objects on the way are made.
    #[serde(default)]
    pub(crate) set: Map<String, Value>,
    /// Paths of what goes.
    #[serde(default)]
    pub(crate) remove: Vec<String>,
    /// All of it; `set` and `remove` are done to this then.
    #[serde(default)]
    pub(crate) configuration: Option<Value>,
    /// Their page was opened at this version, and what came since is replaced by it.
    #[serde(default)]
    pub(crate) from_version: Option<u64>,
    /// Another name.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Into the trash, and nothing else.
    #[serde(default)]
    pub(crate) delete: bool,
    /// The description of their token: for a person's own their address.
    #[serde(default = "somebody")]
    pub(crate) author: String,
    /// What they say of it.
    #[serde(default = "by_hand")]
    pub(crate) description: String,
    /// A development branch; production when absent.
    #[serde(default)]
    pub(crate) branch: Option<u64>,
    /// When; at once when absent.
    #[serde(default)]
    pub(crate) when: Option<When>,
    /// How many such moments pass before the first; 0 when absent.
    #[serde(default)]
    pub(crate) after: u32,
    /// At how many of them; 1 when absent.
    #[serde(default = "one")]
    pub(crate) times: u32,
    /// So much later than the moment, in milliseconds.
    #[serde(default)]
    pub(crate) delay_ms: u64,
}

fn somebody() -> String {
    "somebody.else@devstack.test".to_owned()
}

fn by_hand() -> String {
    "Edited by hand".to_owned()
}

fn one() -> u32 {
    1
}

/// Why a write cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WriteRefusal {
    #[error("There is no such configuration in the branch.")]
    UnknownConfiguration,
    #[error("There is no version {0}.")]
    UnknownVersion(u64),
    #[error("\"{0}\" leads through something that is no object.")]
    NotAnObject(String),
}

impl Write {
    /// Does it; the answer is the number of the version.
    pub(crate) fn carry_out(
        &self,
        project: &mut Project,
        place: &Place,
    ) -> Result<u64, WriteRefusal> {
        let found = project.configuration(place);
        let found = found.ok_or(WriteRefusal::UnknownConfiguration)?;
        let opened = match self.from_version {
            None => &found.current,
            Some(number) => {
                let mut all = found.versions();
                let version = all.find(|version| version.number == number);
                version.ok_or(WriteRefusal::UnknownVersion(number))?
            }
        };
        let content = self.made_of(&opened.content)?;
        let own = project.configuration_to_change(place);
        let own = own.ok_or(WriteRefusal::UnknownConfiguration)?;
        let creator = json!({"id": THEIR_TOKEN, "description": self.author});
        own.change(content, self.description.clone(), creator);
        Ok(own.current.number)
    }

    fn made_of(&self, content: &Content) -> Result<Content, WriteRefusal> {
        let whole = self.configuration.as_ref();
        let mut configuration = whole.unwrap_or(&content.configuration).clone();
        for (path, value) in &self.set {
            *at(&mut configuration, path)? = value.clone();
        }
        for path in &self.remove {
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
            let mut keys = parent.split('.').filter(|key| !key.is_empty());
            let parent = keys.try_fold(&mut configuration, |value, key| value.get_mut(key));
            if let Some(fields) = parent.and_then(Value::as_object_mut) {
                fields.shift_remove(key);
            }
        }
        Ok(Content {
            name: self.name.as_ref().unwrap_or(&content.name).clone(),
            description: content.description.clone(),
            configuration,
            is_disabled: content.is_disabled,
            is_deleted: self.delete,
        })
    }
}

/// The value at a path, made when it is not there.
fn at<'v>(value: &'v mut Value, path: &str) -> Result<&'v mut Value, WriteRefusal> {
    let mut value = value;
    for key in path.split('.') {
        // PHP's empty object.
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            *value = json!({});
        }
        let fields = value.as_object_mut();
        let fields = fields.ok_or_else(|| WriteRefusal::NotAnObject(path.to_owned()))?;
        value = fields.entry(key).or_insert(Value::Null);
    }
    Ok(value)
}

/// A write that waits for its moment.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Waiting {
    pub(crate) project: u64,
    pub(crate) configuration: String,
    #[serde(skip)]
    pub(crate) place: Place,
    #[serde(flatten)]
    pub(crate) write: Write,
}

/// All that wait.
#[derive(Debug, Default)]
pub(crate) struct Writers(Mutex<Vec<Waiting>>);

impl Writers {
    pub(crate) fn add(&self, waiting: Waiting) {
        lock(&self.0).push(waiting);
    }

    pub(crate) fn all(&self) -> Vec<Waiting> {
        lock(&self.0).clone()
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The writes for this moment, counted down; what is used up is gone.
    fn due(&self, when: When, project: u64, place: &Place) -> Vec<Write> {
        let mut due = Vec::new();
        lock(&self.0).retain_mut(|waiting| {
            let write = &mut waiting.write;
            let is_it = write.when == Some(when)
                && waiting.project == project
                && waiting.place.branch == place.branch
                && waiting.place.component == place.component
                && waiting.place.id == place.id;
            if !is_it {
                return true;
            }
            if write.after > 0 {
                write.after -= 1;
                return true;
            }
            due.push(write.clone());
            write.times = write.times.saturating_sub(1);
            write.times > 0
        });
        due
    }
}

/// Lets the others write who waited for this moment, in the order in which they were ordered.
pub(crate) fn let_others_write(
    world: &Arc<World>,
    when: When,
    project: &mut Project,
    place: &Place,
) {
    for write in world.writers.due(when, project.id, place) {
        if write.delay_ms == 0 {
            tell(write.carry_out(project, place));
        } else {
            write_later(Arc::clone(world), write, project.id, place.clone());
        }
    }
}

/// Does a write after its delay.
pub(crate) fn write_later(world: Arc<World>, write: Write, project: u64, place: Place) {
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(write.delay_ms)).await;
        let mut projects = lock(&world.projects);
        if let Some(project) = projects.iter_mut().find(|it| it.id == project) {
            tell(write.carry_out(project, &place));
        }
    });
}

/// Nobody is there to be answered.
fn tell(done: Result<u64, WriteRefusal>) {
    if let Err(error) = done {
        eprintln!("devstack: another writer could not write: {error}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(text: &str) -> Write {
        serde_json::from_str(text).unwrap()
    }

    fn made(text: &str, configuration: &str) -> Result<String, WriteRefusal> {
        let content = Content {
            name: "n".to_owned(),
            description: String::new(),
            configuration: serde_json::from_str(configuration).unwrap(),
            is_disabled: false,
            is_deleted: false,
        };
        let made = write(text).made_of(&content)?;
        Ok(made.configuration.to_string())
    }

    #[test]
    fn values_are_set_and_removed_by_their_paths() {
        let before = r#"{"parameters":{"user_properties":[],"code":"x"},"n":1.0}"#;
        for (text, after) in [
            (
                r#"{"set":{"parameters.user_properties.a":1}}"#,
                r#"{"parameters":{"user_properties":{"a":1},"code":"x"},"n":1.0}"#,
            ),
            (
                r#"{"remove":["parameters.code","n","not.there"]}"#,
                r#"{"parameters":{"user_properties":[]}}"#,
            ),
            (
                r#"{"configuration":{"b":2},"set":{"c.d":3}}"#,
                r#"{"b":2,"c":{"d":3}}"#,
            ),
        ] {
            assert_eq!(made(text, before).as_deref(), Ok(after), "{text}");
        }
        let error = WriteRefusal::NotAnObject("n.m".to_owned());
        assert_eq!(made(r#"{"set":{"n.m":1}}"#, before), Err(error));
    }

    #[test]
    fn a_writer_waits_for_its_moment_and_writes_as_often_as_it_says() {
        let place = Place {
            branch: 1,
            component: "c".to_owned(),
            id: "9".to_owned(),
        };
        let writers = Writers::default();
        writers.add(Waiting {
            project: 5,
            configuration: "9".to_owned(),
            place: place.clone(),
            write: write(r#"{"when":"after_read","after":1,"times":2}"#),
        });
        let elsewhere = Place {
            branch: 2,
            ..place.clone()
        };
        assert!(writers.due(When::AfterRead, 5, &elsewhere).is_empty());
        assert!(writers.due(When::AfterRead, 6, &place).is_empty());
        assert!(writers.due(When::BeforeWrite, 5, &place).is_empty());
        let due = (0..4).map(|_| writers.due(When::AfterRead, 5, &place).len());
        assert_eq!(due.collect::<Vec<_>>(), [0, 1, 1, 0]);
        assert!(writers.all().is_empty());
    }
}
