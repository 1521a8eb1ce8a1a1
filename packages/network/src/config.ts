/** What is configured. Every global name follows from here, so that several engines can share a machine. */
export interface NetworkConfig {
  /** Name of the default bridge: "wharf0". */
  readonly bridge: string;
  /** Subnet of the default bridge, "10.1.0.0/16", or its address in it, "10.1.0.9/16"; chosen if absent. */
  readonly subnet?: string;
  /** Name of the nftables table. */
  readonly nftTable: string;
  /** 1500 if absent. */
  readonly mtu?: number;
  /** What `host-gateway` means in extra hosts; the bridge's address if absent. */
  readonly hostGateway?: string;
}
