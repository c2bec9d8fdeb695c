"""A suite in shards: what each session hands over, and all of them judged as one."""
