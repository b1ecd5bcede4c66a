//! The form of the sandbox service: its kinds, and the profile that comes of what was typed.

use messages::worker::Profile;

/// A kind of service, in the order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// E2B's cloud.
    #[default]
    Cloud,
    /// E2B's layout at another domain.
    OwnDomain,
    /// One host for all, by path.
    PathRouted,
    /// One address for all sandboxes.
    FixedBase,
    /// This computer.
    Local,
    /// Any other.
    Custom,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Cloud,
        Self::OwnDomain,
        Self::PathRouted,
        Self::FixedBase,
        Self::Local,
        Self::Custom,
    ];

    /// Its name in the list.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Cloud => "E2B cloud",
            Self::OwnDomain => "Self-hosted E2B, own domain",
            Self::PathRouted => "OpenKruise Agents, one host",
            Self::FixedBase => "One address for all sandboxes",
            Self::Local => "This computer (localhost)",
            Self::Custom => "Other",
        }
    }

    /// Its value in the form.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::OwnDomain => "own_domain",
            Self::PathRouted => "path_routed",
            Self::FixedBase => "fixed_base",
            Self::Local => "local",
            Self::Custom => "custom",
        }
    }

    /// The kind of a value; E2B's cloud for an unknown one.
    #[must_use]
    pub fn of(value: &str) -> Self {
        let found = Self::ALL.into_iter().find(|kind| kind.value() == value);
        found.unwrap_or_default()
    }

    /// Whether it has this field.
    #[must_use]
    pub fn has(self, field: Field) -> bool {
        match field {
            Field::Domain => matches!(self, Self::OwnDomain | Self::PathRouted | Self::Custom),
            Field::PlainHttp => matches!(self, Self::OwnDomain | Self::PathRouted),
            Field::ApiUrl | Field::SandboxUrl => matches!(self, Self::FixedBase | Self::Custom),
            Field::RoutingHeaders => self == Self::Custom,
        }
    }
}

/// What some kinds must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The domain.
    Domain,
    /// `http` instead of `https`.
    PlainHttp,
    /// Base of the API.
    ApiUrl,
    /// Address of the sandboxes.
    SandboxUrl,
    /// Whether headers name the sandbox.
    RoutingHeaders,
}

/// All that can be typed; what a kind has no field for is kept for when it is chosen again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// Which kind.
    pub kind: Kind,
    /// See [`Field::Domain`].
    pub domain: String,
    /// See [`Field::PlainHttp`].
    pub plain_http: bool,
    /// See [`Field::ApiUrl`].
    pub api_url: String,
    /// See [`Field::SandboxUrl`].
    pub sandbox_url: String,
    /// See [`Field::RoutingHeaders`].
    pub routing_headers: bool,
}

impl Default for Typed {
    fn default() -> Self {
        Self {
            kind: Kind::Cloud,
            domain: String::new(),
            plain_http: false,
            api_url: String::new(),
            sandbox_url: String::new(),
            routing_headers: false,
        }
    }
}

impl Typed {
    /// A form that shows a profile.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let typed = Self::default();
        match profile.clone() {
            Profile::Cloud => typed,
            Profile::OwnDomain { domain, plain_http } => Self {
                kind: Kind::OwnDomain,
                domain,
                plain_http,
                ..typed
            },
            Profile::PathRouted { domain, plain_http } => Self {
                kind: Kind::PathRouted,
                domain,
                plain_http,
                ..typed
            },
            Profile::FixedBase {
                api_url,
                sandbox_url,
            } => Self {
                kind: Kind::FixedBase,
                api_url,
                sandbox_url,
                ..typed
            },
            Profile::Local => Self {
                kind: Kind::Local,
                ..typed
            },
            Profile::Custom {
                api_url,
                sandbox_url,
                domain,
                routing_headers,
            } => Self {
                kind: Kind::Custom,
                domain,
                api_url,
                sandbox_url,
                routing_headers,
                ..typed
            },
        }
    }

    /// The profile that it comes to, checked by nobody yet.
    #[must_use]
    pub fn profile(&self) -> Profile {
        let text = |text: &str| text.trim().to_owned();
        match self.kind {
            Kind::Cloud => Profile::Cloud,
            Kind::OwnDomain => Profile::OwnDomain {
                domain: text(&self.domain),
                plain_http: self.plain_http,
            },
            Kind::PathRouted => Profile::PathRouted {
                domain: text(&self.domain),
                plain_http: self.plain_http,
            },
            Kind::FixedBase => Profile::FixedBase {
                api_url: text(&self.api_url),
                sandbox_url: text(&self.sandbox_url),
            },
            Kind::Local => Profile::Local,
            Kind::Custom => Profile::Custom {
                api_url: text(&self.api_url),
                sandbox_url: text(&self.sandbox_url),
                domain: text(&self.domain),
                routing_headers: self.routing_headers,
            },
        }
    }

    /// Whether nothing was typed yet into a field that the kind needs: then a complaint about it
    /// would come too early.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        let empty = |field, text: &str| self.kind.has(field) && text.trim().is_empty();
        let optional_domain = self.kind == Kind::Custom && !self.sandbox_url.contains("{domain}");
        (!empty(Field::Domain, &self.domain) || optional_domain)
            && !empty(Field::ApiUrl, &self.api_url)
            && !empty(Field::SandboxUrl, &self.sandbox_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> [Profile; 6] {
        let text = str::to_owned;
        [
            Profile::Cloud,
            Profile::OwnDomain {
                domain: text("a.test"),
                plain_http: true,
            },
            Profile::PathRouted {
                domain: text("a.test:1"),
                plain_http: false,
            },
            Profile::FixedBase {
                api_url: text("https://a.test"),
                sandbox_url: text("https://b.test"),
            },
            Profile::Local,
            Profile::Custom {
                api_url: text("https://a.test"),
                sandbox_url: text("https://{port}-{id}.{domain}"),
                domain: text("c.test"),
                routing_headers: true,
            },
        ]
    }

    #[test]
    fn every_profile_is_shown_and_read_back() {
        for (profile, kind) in all().iter().zip(Kind::ALL) {
            let typed = Typed::of(profile);
            assert_eq!(typed.kind, kind);
            assert_eq!(typed.profile(), *profile);
            assert!(typed.is_begun(), "{profile:?}");
            assert_eq!(Kind::of(kind.value()), kind);
        }
        assert_eq!(Kind::of("moon"), Kind::Cloud);
    }

    #[test]
    fn blanks_around_what_was_pasted_are_dropped() {
        let typed = Typed {
            kind: Kind::OwnDomain,
            domain: " a.test\n".to_owned(),
            ..Typed::default()
        };
        assert_eq!(
            typed.profile(),
            Profile::OwnDomain {
                domain: "a.test".to_owned(),
                plain_http: false
            }
        );
    }

    #[test]
    fn an_empty_form_is_not_complained_about() {
        for kind in Kind::ALL {
            let typed = Typed {
                kind,
                ..Typed::default()
            };
            let complete = matches!(kind, Kind::Cloud | Kind::Local);
            assert_eq!(typed.is_begun(), complete, "{kind:?}");
        }
        let without_domain = Typed {
            kind: Kind::Custom,
            api_url: "https://a.test".to_owned(),
            sandbox_url: "https://b.test/{id}/{port}".to_owned(),
            ..Typed::default()
        };
        assert!(without_domain.is_begun());
    }
}
