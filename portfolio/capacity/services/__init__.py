"""The picture kept up to date: what is stale is queued (`queue`), `people` and `groups` are computed (`refresh`)."""
