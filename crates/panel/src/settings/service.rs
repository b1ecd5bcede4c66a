//! The service that sandboxes come from: choosing one, and checking it.

use messages::worker::{
    CheckService, DescribeService, ReadService, Service, ServiceReport, StoreService,
};
use messages::{Problem, ProblemCode};
use ui::allow::allow_button;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::{Tone, notice, problem};
use webext::{calls::call, permissions};

use super::secret_form::guarded;
use super::service_form::{Field, Kind, Typed};
use super::service_words::{Meaning, findings};
use crate::state::Panel;

/// The form and what came of it.
#[derive(Clone, Copy)]
struct Form {
    panel: Panel,
    typed: RwSignal<Typed>,
    /// The service in force; `None` until it was read.
    stored: RwSignal<Option<Service>>,
    /// What something typed comes to; that is the last edit only once its answer has come.
    described: RwSignal<Option<(Typed, Result<Service, Problem>)>>,
    failed: RwSignal<Option<Problem>>,
    report: RwSignal<Option<ServiceReport>>,
    doing: RwSignal<Option<&'static str>>,
    saved: RwSignal<bool>,
    /// The addresses for which the person accepted that nothing is encrypted.
    accepted: RwSignal<Option<(String, String)>>,
}

/// The section.
pub(super) fn service(panel: Panel) -> View {
    let form = Form {
        panel,
        typed: RwSignal::new(Typed::default()),
        stored: RwSignal::new(None),
        described: RwSignal::new(None),
        failed: RwSignal::new(None),
        report: RwSignal::new(None),
        doing: RwSignal::new(None),
        saved: RwSignal::new(false),
        accepted: RwSignal::new(None),
    };
    form.read();
    section()
        .attr("class", "fields")
        .attr("id", "service")
        .attr("tabindex", "-1")
        .attr("aria-label", "Sandbox service")
        .child((
            h2().child("Sandbox service"),
            form.kind(),
            form.fields(),
            form.addresses(),
            form.buttons(),
            move || {
                let failed = form.failed.get()?;
                Some(problem(&failed, None))
            },
            form.findings(),
        ))
        .into_any()
}

impl Form {
    fn read(self) {
        leptos::task::spawn_local(async move {
            match call(&ReadService {}).await {
                Ok(service) => {
                    let typed = Typed::of(&service.profile);
                    self.typed.set(typed.clone());
                    self.described.set(Some((typed, Ok(service.clone()))));
                    self.stored.set(Some(service));
                }
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }

    /// Takes an edit in, and asks what it comes to.
    fn edit(self, change: impl FnOnce(&mut Typed)) {
        self.typed.update(change);
        self.saved.set(false);
        self.failed.set(None);
        self.report.set(None);
        let typed = self.typed.get_untracked();
        if !typed.is_begun() {
            self.described.set(None);
            return;
        }
        leptos::task::spawn_local(async move {
            let profile = typed.profile();
            let described = call(&DescribeService { profile }).await;
            // The answer to an edit before the last says nothing any more.
            if self.typed.get_untracked() == typed {
                self.described.set(Some((typed, described)));
            }
        });
    }

    fn is_changed(self) -> bool {
        let stored = self.stored.get();
        stored.is_some_and(|stored| stored.profile != self.typed.get().profile())
    }

    fn kind(self) -> View {
        let options: Vec<_> = Kind::ALL
            .map(|kind| option().attr("value", kind.value()).child(kind.label()))
            .into();
        div()
            .attr("class", "field")
            .child((
                label().attr("for", "service-kind").child("Service"),
                select()
                    .attr("id", "service-kind")
                    // What is chosen before would be lost when the stored one arrives.
                    .attr("disabled", move || self.stored.with(Option::is_none))
                    .on(ev::change, move |event| {
                        let kind = Kind::of(&event_target_value(&event));
                        self.edit(|typed| typed.kind = kind);
                    })
                    .child(options)
                    .prop("value", move || {
                        self.typed.with(|typed| typed.kind.value().to_owned())
                    }),
            ))
            .into_any()
    }

    fn fields(self) -> View {
        let kind = Memo::new(move |_| self.typed.with(|typed| typed.kind));
        (move || {
            let kind = kind.get();
            let has = |field| kind.has(field);
            (
                has(Field::ApiUrl).then(|| {
                    self.text(
                        ("API address", "service-api", "https://api.e2b.example.com"),
                        |typed| &mut typed.api_url,
                    )
                }),
                has(Field::SandboxUrl).then(|| {
                    let example = match kind {
                        Kind::Custom => "https://{port}-{id}.{domain}",
                        _ => "https://sandbox.e2b.example.com",
                    };
                    self.text(("Sandbox address", "service-sandbox", example), |typed| {
                        &mut typed.sandbox_url
                    })
                }),
                has(Field::Domain).then(|| {
                    self.text(("Domain", "service-domain", "e2b.example.com"), |typed| {
                        &mut typed.domain
                    })
                }),
                has(Field::PlainHttp).then(|| {
                    self.check("Plain http, without encryption", |typed| {
                        &mut typed.plain_http
                    })
                }),
                has(Field::RoutingHeaders).then(|| {
                    self.check("Name the sandbox in headers, too", |typed| {
                        &mut typed.routing_headers
                    })
                }),
            )
                .into_any()
        })
        .into_any()
    }

    fn text(
        self,
        (name, id, example): (&'static str, &'static str, &'static str),
        of: fn(&mut Typed) -> &mut String,
    ) -> View {
        div()
            .attr("class", "field")
            .child((
                label().attr("for", id).child(name),
                input()
                    .attr("type", "text")
                    .attr("id", id)
                    .attr("autocomplete", "off")
                    .attr("autocapitalize", "off")
                    .attr("spellcheck", "false")
                    .attr("placeholder", example)
                    .prop("value", move || of(&mut self.typed.get()).clone())
                    .on(ev::input, move |event| {
                        self.edit(|typed| *of(typed) = event_target_value(&event));
                    }),
            ))
            .into_any()
    }

    fn check(self, name: &'static str, of: fn(&mut Typed) -> &mut bool) -> View {
        label()
            .attr("class", "check")
            .child((
                input()
                    .attr("type", "checkbox")
                    .prop("checked", move || *of(&mut self.typed.get()))
                    .on(ev::change, move |event| {
                        self.edit(|typed| *of(typed) = event_target_checked(&event));
                    }),
                name,
            ))
            .into_any()
    }

    /// Where calls would go, or what is wrong with what was typed.
    fn addresses(self) -> View {
        (move || match self.described.get()?.1 {
            Ok(service) => Some(
                (
                    p().attr("class", "hint")
                        .child(("API ", code().child(service.api_url.clone()))),
                    p().attr("class", "hint")
                        .child(("Sandboxes ", code().child(service.sandbox_url.clone()))),
                    service.in_clear.then(|| self.in_clear(&service)),
                )
                    .into_any(),
            ),
            Err(bad) => Some(
                p().attr("class", "failure")
                    .attr("role", "alert")
                    .child(bad.detail.unwrap_or_else(|| bad.code.what().to_owned()))
                    .into_any(),
            ),
        })
        .into_any()
    }

    /// Plain http to another computer is a decision, which a notice alone would not be.
    fn in_clear(self, service: &Service) -> View {
        let addresses = addresses_of(service);
        let known = addresses.clone();
        let box_ = label().attr("class", "check").child((
            input()
                .attr("type", "checkbox")
                .prop("checked", move || {
                    self.accepted.with(|it| it.as_ref() == Some(&known))
                })
                .on(ev::change, move |event| {
                    let accepts = event_target_checked(&event);
                    self.accepted.set(accepts.then(|| addresses.clone()));
                }),
            "I accept that others on the way can read and change all of it",
        ));
        let words = p().child(
            "The key, your code and your data would cross the network unencrypted. Use this only \
             inside a network that you trust.",
        );
        notice(Tone::Warning, (words, box_).into_any())
    }

    fn buttons(self) -> View {
        let good = move || {
            let Some((of, Ok(service))) = self.described.get() else {
                return false;
            };
            let accepted = !service.in_clear
                || self
                    .accepted
                    .with(|it| it.as_ref() == Some(&addresses_of(&service)));
            accepted && self.typed.with(|typed| *typed == of)
        };
        let busy = move || self.doing.get().is_some();
        let has_key = move || {
            let keys = self.panel.keys;
            keys.with(|keys| keys.as_ref().is_some_and(|keys| keys.e2b_key.is_some()))
        };
        div()
            .attr("class", "row wrap")
            .child((
                move || {
                    self.is_changed().then(|| {
                        button(Look::Primary, "Save service", move || self.save())
                            .attr("disabled", move || busy() || !good())
                    })
                },
                move || {
                    (!self.is_changed() && has_key()).then(|| {
                        button(Look::Plain, "Check service", move || self.check_service())
                            .attr("disabled", busy)
                    })
                },
                span()
                    .attr("class", "grow")
                    .attr("role", "status")
                    .child(move || {
                        if let Some(doing) = self.doing.get() {
                            return Some(doing.into_any());
                        }
                        let words = match (self.saved.get(), has_key()) {
                            (false, _) => return None,
                            (true, true) => "Saved.",
                            (true, false) => "Saved. Enter its key below.",
                        };
                        let saved = (icon(Icon::Check), span().child(words));
                        Some(span().attr("class", "good").child(saved).into_any())
                    }),
            ))
            .into_any()
    }

    fn findings(self) -> View {
        (move || {
            let report = self.report.get()?;
            let lines = findings(&report).into_iter().map(|(meaning, words)| {
                let (class, mark) = match meaning {
                    Meaning::Good => ("good", Icon::Check),
                    Meaning::Less => ("less", Icon::Info),
                    Meaning::Bad => ("bad", Icon::Warning),
                };
                li().child(
                    span()
                        .attr("class", class)
                        .child((icon(mark), span().child(words))),
                )
            });
            let lines: Vec<_> = lines.collect();
            let not_allowed = report.sandbox.as_ref().and_then(|it| it.as_ref().err());
            let allow = not_allowed.and_then(|it| allow_button(it, move || self.check_service()));
            Some((
                ul().attr("class", "findings")
                    .attr("aria-label", "What the check found")
                    .child(lines),
                allow.map(|allow| div().attr("class", "row").child(allow)),
            ))
        })
        .into_any()
    }

    fn save(self) {
        let Some((_, Ok(described))) = self.described.get_untracked() else {
            return;
        };
        let panel = self.panel;
        guarded(panel, self.failed, move || {
            self.doing.set(Some("Saving…"));
            leptos::task::spawn_local(async move {
                // Nothing may be awaited before: the browser asks only inside a click.
                let hosts: Vec<&str> = described.hosts.iter().map(String::as_str).collect();
                let reply = if described.allowed || permissions::request(&hosts).await {
                    let profile = described.profile.clone();
                    call(&StoreService { profile }).await
                } else {
                    let hosts = described.hosts.join(" ");
                    Err(Problem::with(ProblemCode::ServiceNotAllowed, hosts))
                };
                self.doing.set(None);
                match reply {
                    Ok(service) => {
                        self.stored.set(Some(service));
                        self.failed.set(None);
                        self.saved.set(true);
                        panel.read_keys().await;
                        panel.sandboxes.refresh();
                    }
                    Err(problem) => self.failed.set(Some(problem)),
                }
            });
        });
    }

    fn check_service(self) {
        self.report.set(None);
        self.failed.set(None);
        self.doing.set(Some("Creating a sandbox and trying it…"));
        let settings = self.panel.settings.get_untracked().unwrap_or_default();
        leptos::task::spawn_local(async move {
            let template = settings.template;
            let reply = call(&CheckService { template }).await;
            self.doing.set(None);
            match reply {
                Ok(report) => self.report.set(Some(report)),
                Err(problem) => self.failed.set(Some(problem)),
            }
            self.panel.sandboxes.refresh();
        });
    }
}

fn addresses_of(service: &Service) -> (String, String) {
    (service.api_url.clone(), service.sandbox_url.clone())
}
