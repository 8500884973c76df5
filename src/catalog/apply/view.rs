//! Views: what their queries read.

use super::scope::has_column;
use super::{Applied, Change, Creation, Refused};
use crate::catalog::{Relation, RelationBody, RelationId, View};
use crate::statement::{CreateView, Query, RefreshMaterializedView, RelationUse};

impl Change<'_> {
    pub(super) fn create_view(&mut self, create: &CreateView) -> Applied {
        let reads: Vec<Option<RelationId>> = create.query.reads.iter().map(|read| self.find(&read.name)).collect();
        self.check_reads(&create.query)?;
        let temporary = |id: &RelationId| self.catalog.relation(*id).is_some_and(Relation::is_temporary);
        // A view over a temporary table is temporary itself.
        let temporary = create.temporary || !create.materialized && reads.iter().flatten().any(temporary);
        let place = self.place(&create.name, temporary);
        let mut id = None;
        let mut origin = Some(self.origin());
        let existing = self.catalog.find(&place.0, &place.1);
        match existing {
            Some(existing) if create.or_replace && !create.materialized => {
                if !matches!(existing.body, RelationBody::View(_) | RelationBody::Unknown) {
                    return Err(Refused);
                }
                id = Some(existing.id);
                origin = existing.origin;
            }
            _ => match self.creation(&place, create.if_not_exists)? {
                Creation::Exists => return Ok(()),
                Creation::Made(replaced) => {
                    id = replaced;
                    if create.or_replace && !self.is_absent(&place) {
                        // An older one may have been replaced.
                        origin = None;
                    }
                }
                Creation::Unsure => origin = None,
            },
        }
        let mut view = self.view_of(&create.query);
        view.materialized = create.materialized;
        view.empty = create.materialized && create.with_no_data;
        for (at, column) in create.columns.iter().enumerate() {
            match view.outputs.get_mut(at) {
                Some(output) => *output = column.name.clone(),
                None => view.outputs.push(column.name.clone()),
            }
        }
        if let Some(RelationBody::View(before)) = id.and_then(|id| self.catalog.relation(id)).map(|it| &it.body) {
            view.attachments.clone_from(&before.attachments);
        }
        let id = id.unwrap_or_else(|| self.new_id());
        self.enter(id, place, origin, RelationBody::View(Box::new(view)));
        Ok(())
    }

    /// With the whole schema at hand, what is not there cannot be read; only extensions bring relations of their own.
    pub(super) fn check_reads(&self, query: &Query) -> Applied {
        let missing =
            |read: &RelationUse| !crate::catalog::touch::is_of_system(&read.name) && self.find(&read.name).is_none();
        let refused = self.moment.from_empty && query.reads.iter().any(missing) && !self.catalog.has_extensions();
        if refused { Err(Refused) } else { Ok(()) }
    }

    /// What a query reads, as a view keeps it.
    pub(super) fn view_of(&self, query: &Query) -> View {
        let mut view = View {
            complete: query.understood,
            narrowed: query.narrowed || !query.limits.is_empty(),
            ..View::unseen(false)
        };
        for read in &query.reads {
            match self.find(&read.name) {
                Some(id) if !view.reads.contains(&id) => view.reads.push(id),
                Some(_) => {}
                None => view.complete = false,
            }
        }
        let mut reads = view.reads.iter().filter_map(|id| self.catalog.relation(*id));
        view.complete &= reads.all(|read| has_column(read, "").is_some());
        let scopes = self.scopes(query);
        for used in &query.columns {
            let found = scopes.resolve(used);
            if found.is_empty() {
                view.unresolved.push(used.clone());
            }
            view.columns.extend(found);
        }
        view.columns.sort_unstable();
        view.columns.dedup();
        for call in &query.calls {
            let name = &call.name.name.name;
            if self.function_place(&call.name).is_some() && !view.functions.contains(name) {
                view.functions.push(name.clone());
            }
        }
        let outputs = self.outputs_of(query).unwrap_or_default();
        (view.outputs, view.output_types) = outputs.into_iter().map(|column| (column.name, column.ty)).unzip();
        view
    }

    pub(super) fn refresh(&mut self, refresh: &RefreshMaterializedView) -> Applied {
        let id = self.relation(&refresh.name)?.id;
        self.change_view(id, |view| view.empty = refresh.with_no_data);
        Ok(())
    }
}
