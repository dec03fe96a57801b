"""What a JSON body is made of, and the parts that good ones share."""

Tree = dict[str, "Tree"] | list["Tree"] | str | int | bool | None

USD: Tree = {"amount": "10.00", "currency": "USD"}
NO_USD: Tree = {"amount": "0.00", "currency": "USD"}
