//! `DROP EXTENSION`.

use super::gone::{lock_dropped, refuse, tell_cascade};
use super::missing;
use crate::analyze::postgres::analysis::Analysis;
use crate::catalog::{Catalog, Droppable, Dropped, RelationBody};
use crate::effect::EffectKind;
use crate::statement::{Drop, Expr, ExprKind, ObjectKind, Statement};

/// What the well-known extensions bring: types, functions and operator classes that tables, defaults and indexes use.
struct Brings {
    extension: &'static str,
    types: &'static [&'static str],
    functions: &'static [&'static str],
    opclasses: &'static [&'static str],
}

const BRINGS: &[Brings] = &[
    Brings {
        extension: "citext",
        types: &["citext"],
        functions: &[],
        opclasses: &["citext_ops", "citext_pattern_ops"],
    },
    Brings {
        extension: "hstore",
        types: &["hstore", "ghstore"],
        functions: &["hstore"],
        opclasses: &["gin_hstore_ops", "gist_hstore_ops", "btree_hstore_ops", "hash_hstore_ops"],
    },
    Brings {
        extension: "ltree",
        types: &["ltree", "lquery", "ltxtquery", "ltree_gist"],
        functions: &["text2ltree", "subpath", "nlevel"],
        opclasses: &["ltree_ops", "gist_ltree_ops", "gist__ltree_ops"],
    },
    Brings { extension: "cube", types: &["cube"], functions: &["cube"], opclasses: &["cube_ops", "gist_cube_ops"] },
    Brings { extension: "seg", types: &["seg"], functions: &[], opclasses: &["seg_ops", "gist_seg_ops"] },
    Brings {
        extension: "isn",
        types: &["isbn", "isbn13", "ean13", "issn", "issn13", "ismn", "ismn13", "upc"],
        functions: &[],
        opclasses: &[],
    },
    Brings {
        extension: "vector",
        types: &["vector", "halfvec", "sparsevec"],
        functions: &[],
        opclasses: &["vector_l2_ops", "vector_ip_ops", "vector_cosine_ops", "vector_l1_ops"],
    },
    Brings {
        extension: "postgis",
        types: &["geometry", "geography", "box2d", "box3d"],
        functions: &["st_makepoint", "st_setsrid", "st_geomfromtext"],
        opclasses: &["gist_geometry_ops_2d", "gist_geometry_ops_nd", "gist_geography_ops"],
    },
    Brings {
        extension: "pg_trgm",
        types: &[],
        functions: &["similarity"],
        opclasses: &["gin_trgm_ops", "gist_trgm_ops"],
    },
    Brings {
        extension: "uuid-ossp",
        types: &[],
        functions: &[
            "uuid_generate_v1",
            "uuid_generate_v1mc",
            "uuid_generate_v3",
            "uuid_generate_v4",
            "uuid_generate_v5",
            "uuid_nil",
        ],
        opclasses: &[],
    },
    Brings {
        extension: "pgcrypto",
        types: &[],
        functions: &["crypt", "gen_salt", "digest", "hmac", "gen_random_bytes"],
        opclasses: &[],
    },
    Brings { extension: "unaccent", types: &[], functions: &["unaccent"], opclasses: &[] },
];

/// `DROP EXTENSION`: what these files use of it is in the way, or goes with CASCADE.
pub(super) fn extensions(analysis: &mut Analysis<'_>, statement: &Statement, drop: &Drop) {
    let mut objects = Vec::new();
    let catalog = analysis.catalog();
    for name in &drop.names {
        let extension = &name.name.name;
        if catalog.object(ObjectKind::Extension, extension).is_none()
            && analysis.context.settings.from_empty
            && !matches!(extension.as_str(), "plpgsql")
        {
            if !missing(analysis, drop, name, "42704") {
                return;
            }
            continue;
        }
        if let Some(brings) = BRINGS.iter().find(|brings| brings.extension == extension) {
            used_parts(catalog, brings, &mut objects);
        }
        let kind = EffectKind::DropsObject {
            object: "extension".into(),
            name: extension.clone(),
            cascade: drop.cascade,
            if_exists: drop.if_exists,
            concurrently: false,
            named: true,
            unique: false,
            columns: smol_str::SmolStr::default(),
            locked: false,
            idle: false,
            goes_anyway: false,
            references: smol_str::SmolStr::default(),
        };
        analysis.add(name.span(), kind);
    }
    if objects.is_empty() {
        return;
    }
    if !drop.cascade {
        let dropped = Dropped { blockers: objects, ..Dropped::default() };
        refuse(analysis, statement.span, &dropped);
        return;
    }
    let mut dropped = catalog.dropped_with(&objects, true, analysis.version());
    for object in &mut dropped.objects {
        (object.named, object.cascade) = (false, true);
    }
    lock_dropped(analysis, &dropped, statement.span, false);
    tell_cascade(analysis, statement.span, &dropped);
}

/// What in the schema uses an extension.
fn used_parts(catalog: &Catalog, brings: &Brings, objects: &mut Vec<Droppable>) {
    let calls = |expr: &Expr| {
        let mut found = false;
        expr.walk(&mut |part| {
            found |=
                matches!(&part.kind, ExprKind::Call(call) if brings.functions.contains(&call.name.name.name.as_str()));
        });
        found
    };
    for relation in catalog.relations() {
        match &relation.body {
            RelationBody::Table(table) => {
                for column in &table.columns {
                    let ty = column.ty.as_ref().map(|ty| ty.name.as_str());
                    if ty.is_some_and(|ty| brings.types.contains(&ty)) {
                        objects.push(Droppable::Column(relation.id, column.name.clone()));
                    } else if column.default.as_ref().is_some_and(calls) {
                        objects.push(Droppable::Default(relation.id, column.name.clone()));
                    }
                }
            }
            RelationBody::Index(index) => {
                let opclass = index.keys.iter().filter_map(|key| key.opclass.as_ref());
                let by_opclass = opclass.into_iter().any(|name| brings.opclasses.contains(&name.name.name.as_str()));
                if by_opclass || index.keys.iter().any(|key| calls(&key.expr)) {
                    objects.push(Droppable::Relation(relation.id));
                }
            }
            _ => {}
        }
    }
}
