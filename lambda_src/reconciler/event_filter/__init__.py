"""Lambda's event filtering as AWS does it: which filter patterns are known, and which records match them.

The filter of a deployment is made in modules/scavenger/event_source_mapping.tf, from the input `filter_patterns`.
`scavenger reconcile` uses this package to tell which messages the filter lets through, and so which rows the function
would delete. mapping_model uses it to simulate the event source mapping.
"""
