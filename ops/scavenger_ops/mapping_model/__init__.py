"""A model of Lambda's event source mapping for a DynamoDB stream, in simulated time."""
