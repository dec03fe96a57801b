"""The CRM of the sandbox firm, in the shape of Salesforce."""
