"""Time and expenses: from what people hand in to what is billed, paid and paid out."""
